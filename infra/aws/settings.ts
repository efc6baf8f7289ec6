/** Settings of platform aws: EC2 instances as workers, AMIs as images. */
import * as z from "zod";
import { AWS_REGION } from "../../contract/blocks";
import {
  count,
  distinct,
  lifetimeMinutes,
  notBoth,
  serviceAddress,
  tags,
  text,
  textLike,
  uniqueBy,
  type Environment,
  WHENEVER,
} from "../fields";
import { keyRegion } from "./provider/keys";
import { partition } from "./provider/region";
import { partitionProblems } from "./partitions";
import { deprecateAfterDays, deprecationProblem, ec2Tags, OWN_TAGS, volumeGib } from "./limits";
import { egress } from "../egress";
import { addressProblem, jumpHost } from "../jump-host";
import { admittedTo, missingCidr, operatorCidr, operatorRange, targetCidr } from "../operator-cidr";

const region = textLike(AWS_REGION, "name the region, e.g. us-east-1", "an AWS region");
const subnet = textLike(/^subnet-[0-9a-f]+$/, "name the subnet, e.g. subnet-0a1b2c3d", "a subnet id");
/** The next attempt takes the next one: the same twice is a mistake. */
const subnets = distinct(z.array(subnet).min(1));
const account = textLike(/^\d{12}$/, "give the twelve digits of the account", "an AWS account id");
const instanceType = textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, "name the type, e.g. c7i.xlarge", "an instance type");

/** Source: IAM API reference, CreateRole: characters and length of a name, and of the path before it. */
const role = textLike(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/([!-~]+\/)?[\w+=,.@-]{1,64}$/,
  "name the role, arn:aws:iam::ACCOUNT:role/NAME",
  "a role",
);

const KEY_REMEDY = "name the key itself, arn:aws:kms:REGION:ACCOUNT:key/ID";
const KEY = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;
/** The key itself: where an alias leads changes, and an id alone names no account; policies can name neither. */
const kmsKeyId = text(`${KEY_REMEDY}, or leave it out`)
  .check(
    z.superRefine((value, context) => {
      if (value === "" || KEY.test(value)) return;
      const what = /^(arn:.*:)?alias\//.test(value)
        ? "is an alias, which may lead to another key tomorrow"
        : /^(mrk-)?[0-9a-f-]{32,36}$/.test(value)
          ? "is a key's id without its account and region"
          : "is not the ARN of a KMS key";
      const looked = `"aws kms describe-key --key-id ${value}" says it`;
      const message = `"${value}" ${what}; ${KEY_REMEDY}${what.startsWith("is not") ? "" : ` (${looked})`}`;
      context.addIssue({ code: "custom", message });
    }),
  )
  .exactOptional();

/** Groups of one's own, of the same VPC as the subnets; EC2 takes five at once unless a quota was raised to at most sixteen. */
const securityGroups = distinct(
  z
    .array(textLike(/^sg-\w+$/, "name the group by its id, sg-...", "the id of a security group"))
    .min(1)
    .max(16),
).exactOptional();

/** EC2 encrypts with a key of its own region alone. */
function keyInRegion<Field extends "name" | "region">(field: Field) {
  return z.superRefine<Readonly<Record<Field, string> & { kmsKeyId?: string }>>(
    ({ [field]: where, kmsKeyId: key }, context) => {
      if (key === undefined || !KEY.test(key)) return;
      const [, of = ""] = key.split(":");
      const isThere = keyRegion(key) === where && of === partition(where);
      if (isThere) return;
      const place = of === partition(keyRegion(key)) ? keyRegion(key) : `${keyRegion(key)} in ${of}`;
      const message = `is a key of ${place}, and ${where} encrypts with its own alone; name a key of ${where}`;
      context.addIssue({ code: "custom", path: ["kmsKeyId"], message });
    },
  );
}

function oneAddress() {
  return z.superRefine((machine: object, context) => {
    const message = addressProblem(machine);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["address"], message });
  }, WHENEVER);
}

/**
 * Which address of a machine ssh goes to. `private`: it gets no public one, and whoever runs this is in the network, over a VPN
 * or a machine there.
 */
const sshAddress = z.enum(["public", "private"]).exactOptional();

/** Groups of one's own have rules of their own. */
const ownEgress = notBoth(
  "egress",
  "securityGroups",
  "is for the security group that is made, and securityGroups names your own, whose rules say it",
);

export const awsWorker = (env: Environment) =>
  z
    .strictObject({
      platform: z.literal("aws"),
      region,
      /** Of the worker's architecture, e.g. c7i.xlarge (x86_64), c7g.xlarge (aarch64). */
      instanceType,
      /** Use spot capacity: cheaper, and may be taken away; the build is then tried again. @default true */
      spot: z.boolean().default(true),
      /** Subnets to try in turn, in different zones: spot capacity differs by zone. */
      subnets,
      /** The stock distribution image to start from: the newest that matches. */
      ami: z.strictObject({
        /** Account that owns it, so that nobody else's image of that name is taken. */
        owner: account,
        /** Name, with `*` for any text. */
        name: text("give the name of the stock image, with * for what changes"),
      }),
      /** Root volume, gp3, GiB. @default 20 */
      diskGib: volumeGib().default(20),
      /** Volume for /var/lib/containers, gp3, GiB. @default 160 */
      scratchGib: volumeGib().default(160),
      /** ARN of the key that its volumes are encrypted with, of this region. @default the account's for EBS */
      kmsKeyId,
      /** Where ssh comes from: whom our security group admits to port 22, an IPv4 range. @default COPR_BUILDERS_OPERATOR_CIDR */
      operatorCidr: operatorCidr(env),
      /** Of your own, instead of one that is made for each worker and admits operatorCidr. @default one is made */
      securityGroups,
      /** Where it may connect to, IPv4 ranges, besides Amazon's name servers and clock. @default everywhere */
      egress,
      /** @default public */
      address: sshAddress,
      /** What ssh to its private address goes through; operatorCidr then has that one's own address there. @default nothing */
      jumpHost: jumpHost.exactOptional(),
      /** Tags beside our own, e.g. who pays. */
      tags: ec2Tags().default({}),
      /** After that the instance powers off, which terminates it. @default 180 */
      lifetimeMinutes,
    })
    .check(keyInRegion("region"), oneAddress(), ownEgress);
export type AwsWorker = z.output<ReturnType<typeof awsWorker>>;

/** The throw-away instance of a boot check, by architecture. */
const bootInstanceTypes = z.strictObject({
  /** @default c7i.large */
  x86_64: instanceType.default("c7i.large"),
  /** @default c7g.large */
  aarch64: instanceType.default("c7g.large"),
});

const common = {
  /** Size of the snapshot and of a builder's root volume, GiB; a larger disk is refused. @default 10 */
  volumeGib: volumeGib().default(10),
  /** Accounts that may start instances from the images. @default none but the owner */
  accounts: z.array(account).default([]),
  /** Let everyone start instances from the images. @default false */
  public: z.boolean().default(false),
  /** Days after its build that an image counts as deprecated; it can still be used. @default never */
  deprecateAfterDays: count().exactOptional(),
  /** Keep a generation while an instance, launch template, parameter or recipe of the account names its image. @default true */
  keepNamed: z.boolean().exactOptional(),
  /** Tags beside our own, e.g. who pays. */
  tags,
};

/** Where a region's images are made. */
const upload = {
  /** Role that the worker's block uploads are signed with, narrowed to one snapshot for one hour. */
  uploadRole: role,
  /** EBS direct API as workers reach it, where that differs. @default Amazon's own of the region */
  endpointForWorkers: serviceAddress("https://ebs.example.org").exactOptional(),
};

export const awsTarget = (env: Environment) =>
  targetFields(env).check(
    z.superRefine((target, context) => {
      const {
        deprecateAfterDays: days,
        public: isPublic,
        regions,
        uploadRole: role,
      } = target as Partial<z.output<TargetFields>>;
      const message = deprecationProblem(days, isPublic);
      if (message !== undefined) context.addIssue({ code: "custom", path: ["deprecateAfterDays"], message });
      for (const one of partitionProblems(regions, role)) context.addIssue({ code: "custom", ...one });
      const { address, operatorCidr } = target as { readonly address?: unknown; readonly operatorCidr?: unknown };
      const all = (Array.isArray(regions) ? (regions as unknown[]) : []).map(asRegion);
      const noCidr = missingCidr(
        operatorCidr,
        all.map((region) => region.operatorCidr),
      );
      if (noCidr !== undefined) context.addIssue({ code: "custom", path: ["operatorCidr"], message: noCidr });
      const behind = all.find((region) => region.jumpHost !== undefined);
      const clash = behind === undefined ? undefined : addressProblem({ address, jumpHost: behind });
      if (clash !== undefined) context.addIssue({ code: "custom", path: ["address"], message: clash });
    }, WHENEVER),
  );
export type AwsTarget = z.output<ReturnType<typeof awsTarget>>;

/** Whatever it is. */
function asRegion(region: unknown): { readonly jumpHost?: unknown; readonly operatorCidr?: unknown } {
  return typeof region === "object" && region !== null ? region : {};
}

const targetFields = (env: Environment) =>
  z.strictObject({
    platform: z.literal("aws"),
    regions: uniqueBy(
      z
        .array(
          z
            .strictObject({
              name: region,
              /** Key of this region in the output, needed where there are several. @default none: directly under the target */
              output: text("name the key").exactOptional(),
              /** Subnets that boot checks may use. */
              subnets,
              /** What ssh to the private addresses of its boot checks goes through. @default nothing */
              jumpHost: jumpHost.exactOptional(),
              /** Whom its boot checks admit to port 22, e.g. the jump host's own address there. @default the target's */
              operatorCidr: operatorRange.exactOptional(),
              /** Of your own for boot checks, instead of one that is made for each of them. @default one is made */
              securityGroups,
              /**
               * ARN of the key, of this region, that snapshots, copies and volumes of boot checks are encrypted with.
               * @default not encrypted, or as the account encrypts by default
               */
              kmsKeyId,
            })
            .check(keyInRegion("name")),
        )
        .min(1),
      "name",
    ),
    ...common,
    accounts: distinct(common.accounts.unwrap()).default([]),
    deprecateAfterDays,
    tags: ec2Tags(OWN_TAGS).default({}),
    ...upload,
    /**
     * Whom the security group of a boot check admits to port 22, an IPv4 range; not needed where each region has its own.
     * @default COPR_BUILDERS_OPERATOR_CIDR
     */
    operatorCidr: targetCidr(env),
    /** Of boot checks. @default public */
    address: sshAddress,
    /** Instance types of boot checks. */
    bootInstanceTypes: bootInstanceTypes.prefault({}),
  });
type TargetFields = ReturnType<typeof targetFields>;

/** One region, complete. */
export const awsPlace = z.strictObject({
  platform: z.literal("aws"),
  region: z.string(),
  output: z.string().exactOptional(),
  ...common,
  kmsKeyId: z.string().exactOptional(),
  uploadRole: z.string(),
  endpointForWorkers: z.string().exactOptional(),
  boot: z.strictObject({
    instanceTypes: z.strictObject({ x86_64: z.string(), aarch64: z.string() }),
    subnets: z.array(z.string()).min(1),
    operatorCidr: z.string(),
    address: sshAddress,
    jumpHost: jumpHost.exactOptional(),
    securityGroups: z.array(z.string()).exactOptional(),
  }),
});
export type AwsPlace = z.output<typeof awsPlace>;

export function awsPlaces(target: AwsTarget): AwsPlace[] {
  const { platform, regions, operatorCidr: everywhere, bootInstanceTypes: instanceTypes, address, ...same } = target;
  return regions.map(
    ({ name, output, subnets, securityGroups: groups, kmsKeyId: key, jumpHost: jump, operatorCidr }) => ({
      platform,
      region: name,
      ...(output === undefined ? {} : { output }),
      ...(key === undefined ? {} : { kmsKeyId: key }),
      ...same,
      boot: {
        ...{ instanceTypes, subnets, operatorCidr: admittedTo(name, operatorCidr, everywhere) },
        ...(address === undefined ? {} : { address }),
        ...(jump === undefined ? {} : { jumpHost: jump }),
        ...(groups === undefined ? {} : { securityGroups: groups }),
      },
    }),
  );
}
