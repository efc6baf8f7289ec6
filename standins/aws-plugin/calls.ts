/**
 * The calls that the official plugin makes, by type, in their order, as read in the source of the Terraform provider that it
 * is built from (github.com/hashicorp/terraform-provider-aws, internal/service/ec2, version 6 of 2026, where
 * official behaviour of pulumi-aws 7 comes from). Looks in a row at the same thing are one here. `+tags`: the call
 * carries tags for what it makes; every other call carries none. The policy is generated for these calls, and calls.test.ts
 * holds the stand-in against them.
 */

export interface TypeCalls {
  /** Files of the source, in internal/service/ec2. */
  readonly sources: readonly string[];
  readonly create: readonly string[];
  readonly read: readonly string[];
  /** Of the inputs that may change in place here. */
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

const IMAGE_READ = ["DescribeImages", "GetInstanceUefiData"];
const IMAGE_TAGGED_AND_SET = [
  "CreateTags",
  "DescribeImages",
  "EnableImageDeprecation",
  "DescribeImages",
  "GetInstanceUefiData",
];
const IMAGE_UPDATE = [
  "DeleteTags",
  "CreateTags",
  "DescribeImages",
  "ModifyImageAttribute",
  "DescribeImages",
  "DisableImageDeprecation",
  "DescribeImages",
  "GetInstanceUefiData",
];

/** Of a spot instance of a burstable type, which makes the most calls. */
const INSTANCE_READ = [
  "DescribeInstances",
  "DescribeInstanceTypes",
  "DescribeSpotInstanceRequests",
  "DescribeTags",
  "DescribeVpcs",
  "DescribeInstanceAttribute",
  "DescribeInstanceCreditSpecifications",
  "DescribeVolumes",
];

export const CALLS: Readonly<Record<string, TypeCalls>> = {
  "aws:ec2/ami:Ami": {
    sources: ["ec2_ami.go"],
    create: ["RegisterImage", ...IMAGE_TAGGED_AND_SET],
    read: IMAGE_READ,
    update: IMAGE_UPDATE,
    delete: ["DeregisterImage", "DescribeImages"],
  },
  "aws:ec2/amiCopy:AmiCopy": {
    sources: ["ec2_ami_copy.go", "ec2_ami.go"],
    create: ["CopyImage", ...IMAGE_TAGGED_AND_SET],
    read: IMAGE_READ,
    update: IMAGE_UPDATE,
    delete: ["DeregisterImage", "DeleteSnapshot", "DescribeImages"],
  },
  "aws:ec2/amiLaunchPermission:AmiLaunchPermission": {
    sources: ["ec2_ami_launch_permission.go"],
    create: ["ModifyImageAttribute", "DescribeImageAttribute"],
    read: ["DescribeImageAttribute"],
    update: [],
    delete: ["ModifyImageAttribute"],
  },
  "aws:ec2/instance:Instance": {
    sources: ["ec2_instance.go", "find.go", "wait.go"],
    create: ["DescribeImages", "RunInstances+tags", ...INSTANCE_READ],
    read: INSTANCE_READ,
    update: ["DescribeInstances", "ModifyNetworkInterfaceAttribute", ...INSTANCE_READ],
    delete: ["ModifyInstanceAttribute", "CancelSpotInstanceRequests", "TerminateInstances", "DescribeInstances"],
  },
  "aws:ec2/keyPair:KeyPair": {
    sources: ["ec2_key_pair.go"],
    create: ["ImportKeyPair+tags", "DescribeKeyPairs"],
    read: ["DescribeKeyPairs"],
    update: ["DeleteTags", "CreateTags", "DescribeKeyPairs"],
    delete: ["DeleteKeyPair"],
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    sources: ["vpc_security_group.go"],
    create: [
      "CreateSecurityGroup+tags",
      "DescribeSecurityGroups",
      "RevokeSecurityGroupEgress",
      "DescribeSecurityGroups",
      "AuthorizeSecurityGroupIngress",
      "AuthorizeSecurityGroupEgress",
      "DescribeSecurityGroups",
    ],
    read: ["DescribeSecurityGroups"],
    update: [
      "DescribeSecurityGroups",
      "RevokeSecurityGroupIngress",
      "AuthorizeSecurityGroupIngress",
      "DescribeSecurityGroups",
    ],
    delete: ["DescribeNetworkInterfaces", "DeleteSecurityGroup", "DescribeSecurityGroups"],
  },
};
