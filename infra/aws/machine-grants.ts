/** Which actions the machines of these settings need: workers and those of boot checks. */
import type { Action } from "./action-names";
import { isAwsArch } from "./arch";
import { arns, made, madeBy, owned, regions, unique, within } from "./grants";
import type { AwsUse, Grant } from "./grants";

/** Workers and boot checks: infra/aws/machine.ts, infra/aws/provider/sweep. */
export function machineGrants(use: AwsUse): Grant<Action>[] {
  const all = regions(use);
  const spot = use.workers.filter(({ spec }) => spec.spot).map(({ spec }) => spec.region);
  const types = [
    ...use.workers.map(({ spec }) => spec.instanceType),
    ...use.places.flatMap(({ arch, spec }) => (isAwsArch(arch) ? [spec.boot.instanceTypes[arch]] : [])),
  ];
  const making = unique(groupless(use));
  const inGroups = making.length > 0;
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
      actions: [...(inGroups ? (["ec2:CreateSecurityGroup"] as const) : []), "ec2:ImportKeyPair"],
      resources: [...arns(all, "key-pair/*"), ...arns(making, "security-group/*")],
      condition: made(use),
    },
    ...(inGroups
      ? [
          {
            sid: "MakeGroupsInNetworks",
            actions: ["ec2:CreateSecurityGroup"] as const,
            resources: arns(making, "vpc/*"),
          },
        ]
      : []),
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
        ...namedGroups(use),
        ...subnets,
      ],
    },
    {
      sid: "StartMachinesWith",
      actions: ["ec2:RunInstances"],
      resources: [...arns(all, "key-pair/*"), ...arns(making, "security-group/*")],
      condition: owned(use),
    },
    {
      sid: "TagMachines",
      actions: ["ec2:CreateTags"],
      resources: [
        ...arns(all, "instance/*", "key-pair/*"),
        ...arns(making, "security-group/*"),
        ...arns(all, "volume/*"),
      ],
      condition: madeBy(use, ...(inGroups ? ["CreateSecurityGroup"] : []), "ImportKeyPair", "RunInstances"),
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
        ...(inGroups ? GROUP_ACTIONS : []),
        "ec2:DeleteKeyPair",
        "ec2:ModifyInstanceAttribute",
        "ec2:TerminateInstances",
      ],
      resources: [...arns(all, "instance/*", "key-pair/*"), ...arns(making, "security-group/*")],
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

/** On a group that is ours. */
const GROUP_ACTIONS = [
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:DeleteSecurityGroup",
  "ec2:RevokeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
] as const;

/** Regions of the machines that the settings name no groups for: those get one of ours each. */
function groupless({ workers, places }: AwsUse): string[] {
  return [
    ...workers.filter(({ spec }) => spec.securityGroups === undefined).map(({ spec }) => spec.region),
    ...places.filter(({ spec }) => spec.boot.securityGroups === undefined).map(({ spec }) => spec.region),
  ];
}

/** Groups of the user's own, as they are: nothing of ours is on them. */
function namedGroups({ workers, places }: AwsUse): string[] {
  const of = (region: string, ids: readonly string[] = []) =>
    ids.flatMap((id) => arns([region], `security-group/${id}`));
  return unique([
    ...workers.flatMap(({ spec }) => of(spec.region, spec.securityGroups)),
    ...places.flatMap(({ spec }) => of(spec.region, spec.boot.securityGroups)),
  ]);
}

/** Types whose instances have CPU credits, which the official plugin reads. Source: EC2 user guide, "Burstable". */
function isBurstable(instanceType: string): boolean {
  return /^t\d/.test(instanceType);
}
