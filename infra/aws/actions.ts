/** Which actions these settings need, on what: machines, images, snapshots, the store, and the checks beforehand. */
import { GRANT_ACTION, KEY_ACTIONS } from "./provider/keys";
import { partition } from "./provider/region";
import { STORE_FOLDERS } from "../../provider/store-folders";
import { isAwsArch } from "./arch";
import { arns, made, madeBy, nobodys, owned, regions, specs, unique, within } from "./grants";
import type { AwsUse, Grant } from "./grants";
import { keyGrants, LOOK_ACTIONS, lookGrants, type KeyAction } from "./key-grants";

/** Every action that is called anywhere; what is not in this list can't be granted by mistake. */
export const ACTIONS = [
  "ebs:CompleteSnapshot",
  "ebs:PutSnapshotBlock",
  "ebs:StartSnapshot",
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:CancelSpotInstanceRequests",
  "ec2:CopyImage",
  "ec2:CreateSecurityGroup",
  "ec2:CreateTags",
  "ec2:DeleteKeyPair",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteSecurityGroup",
  "ec2:DeleteSnapshot",
  "ec2:DeleteTags",
  "ec2:DeleteVolume",
  "ec2:DeregisterImage",
  "ec2:DescribeImageAttribute",
  "ec2:DescribeImages",
  "ec2:DescribeInstanceAttribute",
  "ec2:DescribeInstanceCreditSpecifications",
  "ec2:DescribeInstanceTypeOfferings",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeInstances",
  "ec2:DescribeKeyPairs",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeRegions",
  "ec2:DescribeRouteTables",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSnapshots",
  "ec2:DescribeSpotInstanceRequests",
  "ec2:DescribeSubnets",
  "ec2:DescribeTags",
  "ec2:DescribeVolumes",
  "ec2:DescribeVpcs",
  "ec2:DisableImageDeprecation",
  "ec2:EnableImageDeprecation",
  "ec2:GetEbsDefaultKmsKeyId",
  "ec2:GetEbsEncryptionByDefault",
  "ec2:GetImageBlockPublicAccessState",
  "ec2:GetInstanceUefiData",
  "ec2:ImportKeyPair",
  "ec2:ModifyImageAttribute",
  "ec2:ModifyInstanceAttribute",
  "ec2:RegisterImage",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
  "ec2:RunInstances",
  "ec2:TerminateInstances",
  "iam:GetRole",
  "iam:SimulatePrincipalPolicy",
  GRANT_ACTION,
  ...LOOK_ACTIONS,
  ...KEY_ACTIONS,
  "s3:DeleteObject",
  "s3:GetObject",
  "s3:ListBucket",
  "s3:PutObject",
  "servicequotas:GetServiceQuota",
  "sts:AssumeRole",
  "sts:DecodeAuthorizationMessage",
] as const;
export type Action = (typeof ACTIONS)[number];

/** What the operator's own identity must be allowed. */
export function grants(use: AwsUse): Grant<Action>[] {
  const machines = use.workers.length + use.places.length > 0;
  return [
    ...(machines ? [...machineGrants(use), ...keyGrants(specs(use)), ...checkGrants(use)] : []),
    ...(use.places.length > 0 ? [...imageGrants(use), ...snapshotGrants(use)] : []),
    ...storeGrants(use),
  ];
}

/** What the role must be allowed that workers put blocks with. Its trust policy must name the operator. */
export function uploadRoleGrants(use: AwsUse): Grant<"ebs:PutSnapshotBlock" | KeyAction>[] {
  const all = use.places.map(({ spec }) => spec);
  const snapshots = arns(
    all.map(({ region }) => region),
    "snapshot/*",
  );
  return [
    { sid: "PutBlocks", actions: ["ebs:PutSnapshotBlock"], resources: snapshots, condition: owned(use) },
    ...(all.length === 0 ? [] : keyGrants(all)),
  ];
}

/** Workers and boot checks: infra/aws/machine.ts, infra/aws/provider/sweep. */
function machineGrants(use: AwsUse): Grant<Action>[] {
  const all = regions(use);
  const spot = use.workers.filter(({ spec }) => spec.spot).map(({ spec }) => spec.region);
  const types = [
    ...use.workers.map(({ spec }) => spec.instanceType),
    ...use.places.flatMap(({ arch, spec }) => (isAwsArch(arch) ? [spec.boot.instanceTypes[arch]] : [])),
  ];
  const subnets = unique([
    ...use.workers.flatMap(({ spec }) => spec.subnets.flatMap((id) => arns([spec.region], `subnet/${id}`))),
    ...use.places.flatMap(({ spec }) => spec.boot.subnets.flatMap((id) => arns([spec.region], `subnet/${id}`))),
  ]);
  return [
    {
      sid: "LookAtMachines",
      actions: [
        "ec2:DescribeImages",
        "ec2:DescribeInstanceAttribute",
        ...(types.some(isBurstable) ? (["ec2:DescribeInstanceCreditSpecifications"] as const) : []),
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotInstanceRequests",
        "ec2:DescribeSubnets",
        "ec2:DescribeTags",
        "ec2:DescribeVolumes",
        "ec2:DescribeVpcs",
      ],
      resources: ["*"],
      condition: within(use),
    },
    {
      sid: "MakeKeysAndGroups",
      actions: ["ec2:CreateSecurityGroup", "ec2:ImportKeyPair"],
      resources: arns(all, "key-pair/*", "security-group/*"),
      condition: made(use),
    },
    { sid: "MakeGroupsInNetworks", actions: ["ec2:CreateSecurityGroup"], resources: arns(all, "vpc/*") },
    {
      sid: "StartMachines",
      actions: ["ec2:RunInstances"],
      resources: arns(all, "instance/*", "volume/*"),
      condition: made(use),
    },
    {
      sid: "StartMachinesFrom",
      actions: ["ec2:RunInstances"],
      resources: [
        ...arns(all, "image/*", "network-interface/*"),
        ...arns(spot, "spot-instances-request/*"),
        ...subnets,
      ],
    },
    {
      sid: "StartMachinesWith",
      actions: ["ec2:RunInstances"],
      resources: arns(all, "key-pair/*", "security-group/*"),
      condition: owned(use),
    },
    {
      sid: "TagMachines",
      actions: ["ec2:CreateTags"],
      resources: arns(all, "instance/*", "key-pair/*", "security-group/*", "volume/*"),
      condition: madeBy(use, "CreateSecurityGroup", "ImportKeyPair", "RunInstances"),
    },
    // The official plugin ends a spot instance by these two; the request bears no tag, and ends no instance.
    ...(spot.length > 0
      ? [
          {
            sid: "EndSpotRequests",
            actions: ["ec2:CancelSpotInstanceRequests"] as const,
            resources: arns(spot, "spot-instances-request/*"),
          },
        ]
      : []),
    {
      sid: "ChangeAndEndMachines",
      actions: [
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:DeleteKeyPair",
        "ec2:DeleteSecurityGroup",
        "ec2:ModifyInstanceAttribute",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:TerminateInstances",
      ],
      resources: arns(all, "instance/*", "key-pair/*", "security-group/*"),
      condition: owned(use),
    },
    // What a machine that was ended from outside may leave.
    {
      sid: "EndLeftOvers",
      actions: ["ec2:DeleteNetworkInterface", "ec2:DeleteVolume"],
      resources: arns(all, "network-interface/*", "volume/*"),
      condition: owned(use),
    },
  ];
}

/** Types whose instances have CPU credits, which the official plugin reads. Source: EC2 user guide, "Burstable". */
function isBurstable(instanceType: string): boolean {
  return /^t\d/.test(instanceType);
}

/** AMIs, their copies and who may use them: infra/aws/image.ts, infra/aws/provider/image-ready. */
function imageGrants(use: AwsUse): Grant<Action>[] {
  const places = use.places.map(({ spec }) => spec);
  const all = unique(places.map(({ region }) => region));
  const copies = all.length > 1;
  const shared = places.some((spec) => spec.public || spec.accounts.length > 0);
  const deprecated = places.some((spec) => spec.deprecateAfterDays !== undefined);
  return [
    // The official plugin makes an image without tags and tags it by the next call: a condition on the request's tags would
    // deny both. What protects is the snapshot, which must be ours, and that only what is nobody's can be marked as ours.
    { sid: "RegisterImages", actions: ["ec2:RegisterImage"], resources: arns(all, "image/*") },
    {
      sid: "TagImages",
      actions: ["ec2:CreateTags"],
      resources: arns(all, "image/*"),
      condition: { ...made(use), ...nobodys() },
    },
    // It asks this of each image that it reads, as if that were an instance, and goes on without an answer.
    { sid: "ReadImages", actions: ["ec2:GetInstanceUefiData"], resources: arns(all, "instance/ami-*") },
    {
      sid: "RegisterImagesFrom",
      actions: ["ec2:RegisterImage"],
      resources: arns(all, "snapshot/*"),
      condition: owned(use),
    },
    {
      sid: "ChangeAndEndImages",
      actions: [
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DeregisterImage",
        // Settings that ask for no deprecation any more take it away.
        "ec2:DisableImageDeprecation",
        ...(deprecated ? (["ec2:EnableImageDeprecation"] as const) : []),
        // Launch permissions, and the description when an image is made from another build of the same.
        "ec2:ModifyImageAttribute",
      ],
      resources: arns(all, "image/*"),
      condition: owned(use),
    },
    ...(shared
      ? [
          {
            sid: "LookAtPermissions",
            actions: ["ec2:DescribeImageAttribute"] as const,
            resources: ["*"],
            condition: within(use),
          },
        ]
      : []),
    ...(copies
      ? [{ sid: "CopyImages", actions: ["ec2:CopyImage"] as const, resources: arns(all, "image/*", "snapshot/*") }]
      : []),
  ];
}

/** Snapshots and their blocks: infra/aws/provider/ebs-*. */
function snapshotGrants(use: AwsUse): Grant<Action>[] {
  const all = unique(use.places.map(({ spec }) => spec.region));
  const roles = unique(use.places.map(({ spec }) => spec.uploadRole));
  return [
    { sid: "LookAtSnapshots", actions: ["ec2:DescribeSnapshots"], resources: ["*"], condition: within(use) },
    { sid: "StartSnapshots", actions: ["ebs:StartSnapshot"], resources: arns(all, "snapshot/*"), condition: made(use) },
    // As they are begun; and CopyImage gives its snapshots no tag: they are marked as ours before they can be deleted.
    {
      sid: "TagSnapshots",
      actions: ["ec2:CreateTags"],
      resources: arns(all, "snapshot/*"),
      condition: { ...made(use), ...nobodys() },
    },
    {
      sid: "FillAndEndSnapshots",
      actions: [
        "ebs:CompleteSnapshot",
        "ebs:PutSnapshotBlock",
        "ec2:CreateTags",
        "ec2:DeleteSnapshot",
        "ec2:DeleteTags",
      ],
      resources: arns(all, "snapshot/*"),
      condition: owned(use),
    },
    { sid: "UploadAsRole", actions: ["sts:AssumeRole"], resources: roles },
  ];
}

/** What preflight itself asks: infra/aws/preflight.ts. */
function checkGrants(use: AwsUse): Grant<Action>[] {
  const isPublic = use.places.some(({ spec }) => spec.public);
  const shared = isPublic || use.places.some(({ spec }) => spec.accounts.length > 0);
  return [
    {
      sid: "CheckBeforehand",
      actions: [
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeRegions",
        "ec2:DescribeRouteTables",
        "ec2:GetEbsDefaultKmsKeyId",
        ...(shared ? (["ec2:GetEbsEncryptionByDefault"] as const) : []),
        ...(isPublic ? (["ec2:GetImageBlockPublicAccessState"] as const) : []),
        "servicequotas:GetServiceQuota",
      ],
      resources: ["*"],
      condition: within(use),
    },
    ...lookGrants(specs(use)),
    // IAM is nowhere: it knows no region. It is asked about ourselves and about the role of the uploads, and what a denial means.
    {
      sid: "AskWhatIsAllowed",
      actions: ["iam:GetRole", "iam:SimulatePrincipalPolicy", "sts:DecodeAuthorizationMessage"],
      resources: ["*"],
    },
  ];
}

/**
 * What is kept in the store: provider/object-store.ts. In each folder a stack has one of its own, named by its identity, which
 * is made by the first `up`: a policy that comes before can't name it. Builds of the version before are below the stack's name.
 */
function storeGrants({ store, identity, stack }: AwsUse): Grant<Action>[] {
  if (store === undefined) return [];
  const bucket = `arn:${partition(store.region)}:s3:::${store.bucket}`;
  const owners = identity === undefined ? ["*"] : [identity, stack];
  const folders = STORE_FOLDERS.flatMap((folder) => owners.map((owner) => `${bucket}/${folder}/${owner}/*`));
  return [
    { sid: "KeepDisks", actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources: folders },
    // Holds are listed; and without it S3 answers "denied" for an object that is not there.
    { sid: "SeeWhatIsMissing", actions: ["s3:ListBucket"], resources: [bucket] },
  ];
}
