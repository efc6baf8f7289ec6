/** Which actions these settings need, on what: machines, images, snapshots, the store, and the checks beforehand. */
import { partition } from "./provider/region";
import { storeFolders } from "../../provider/store-folders";
import type { Action } from "./action-names";
import { BARRIER_ACTIONS, BARRIERS } from "./barriers";
import { arns, made, nobodys, owned, specs, unique, within } from "./grants";
import type { AwsUse, Grant } from "./grants";
import { keyGrants, lookGrants, type KeyAction } from "./key-grants";
import { machineGrants } from "./machine-grants";
import { userGrants } from "./user-grants";

/** What the operator's own identity must be allowed. */
export function grants(use: AwsUse): Grant<Action>[] {
  const machines = use.workers.length + use.places.length > 0;
  return [
    ...(machines ? [...machineGrants(use), ...keyGrants(specs(use)), ...checkGrants(use)] : []),
    ...(use.places.length > 0 ? [...imageGrants(use), ...snapshotGrants(use), ...userGrants(use)] : []),
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
        ...(use.workers.length > 0 ? (["ec2:GetAllowedImagesSettings"] as const) : []),
        "ec2:GetEbsDefaultKmsKeyId",
        ...(shared ? (["ec2:GetEbsEncryptionByDefault"] as const) : []),
        ...(isPublic ? (["ec2:GetImageBlockPublicAccessState"] as const) : []),
        "servicequotas:GetServiceQuota",
      ],
      resources: ["*"],
      condition: within(use),
    },
    { sid: BARRIERS, actions: BARRIER_ACTIONS, resources: ["*"], condition: within(use) },
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
function storeGrants({ store, identity, stack, signs = false }: AwsUse): Grant<Action>[] {
  if (store === undefined) return [];
  const bucket = `arn:${partition(store.region)}:s3:::${store.bucket}`;
  const owners = identity === undefined ? ["*"] : [identity, stack];
  const folders = storeFolders(signs).flatMap((folder) => owners.map((owner) => `${bucket}/${folder}/${owner}/*`));
  return [
    { sid: "KeepDisks", actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources: folders },
    // Holds are listed; and without it S3 answers "denied" for an object that is not there.
    // How it is set up, a run can do without: preflight says what that means.
    {
      sid: "SeeWhatIsMissing",
      actions: [
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketVersioning",
        "s3:ListBucket",
      ],
      resources: [bucket],
    },
  ];
}
