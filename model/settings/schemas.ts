/** The parts of the settings that no platform decides. */
import * as z from "zod";
import { MOST_ATTEMPTS } from "../../contract/attempts";
import { AWS_REGION } from "../../contract/blocks";
import { buildOptionsSchema } from "../../contract/schemas/build-options";
import { count, serviceAddress, text, textLike } from "../../infra/fields";
import { FIRST_BOOTS } from "../../contract/first-boot";
import { SECRET_ID } from "../../contract/build-secrets";
import { IDENTITY } from "../../provider/owner";
import type { Store } from "../../provider/store";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { isRecord } from "../../contract/is-record";
import { messageOf } from "../../contract/message-of";
import { publicKeyOf } from "../../contract/signing-keys";
import { isReference } from "../source/reference";
import { namedContextsSchema } from "./named-contexts";
import { SECRET } from "./secrets";
import { DISK_BUILDERS, type DiskBuilder } from "../../contract/disk-builder";
import type { BootCheckSettings, DiskSettings, PromoteSettings, SigningSettings, SourceSettings } from "./types";

/** Bytes are decided by what it stands for when a run looks, so a name is enough. */
const IMAGE = "write REGISTRY/NAME:TAG or REGISTRY/NAME@sha256:DIGEST";
const imageReference = text(IMAGE).refine((value) => value === "" || isReference(value), {
  error: ({ input }) => `${JSON.stringify(input)} is not an image reference with its registry; ${IMAGE}`,
});

/** Of Ed25519; as people get them from `openssl pkey -pubout`. */
const publicKey = text("write a public key").superRefine((written, context) => {
  try {
    publicKeyOf(written);
  } catch (error) {
    const message = `${messageOf(error)}; write what \`openssl pkey -in KEY -pubout\` prints`;
    context.addIssue({ code: "custom", message });
  }
});

const SIGNING_KEY =
  "`openssl genpkey -algorithm ed25519 -out key.pem` makes one, and " +
  "`pulumi config set --secret --path copr-builders:signing.key < key.pem` sets it";
const signingKeyMark = z.custom<typeof SECRET>((value) => value === SECRET, {
  error: ({ input }) => `${input === undefined ? "missing" : "is in clear; never use that key again"}; ${SIGNING_KEY}`,
});

/** Of a stack that builds. */
export const signingSchema: z.ZodType<SigningSettings> = z
  .strictObject({ key: signingKeyMark, trusted: z.array(publicKey).default([]) })
  .transform(({ trusted }) => ({ trusted }));

/** Of a stack that promotes. */
export const trustSchema: z.ZodType<SigningSettings> = z.strictObject({ trusted: z.array(publicKey).min(1) });

/** Only what is written as a secret is one: what is in clear has been seen by whoever reads the repository. */
const secretMark = z.custom<typeof SECRET>((value) => value === SECRET, {
  error:
    "is in clear; change it, and set it with `pulumi config set --secret --path 'copr-builders:source.secrets.ID'`",
});
const secretIds = z
  .record(z.string(), secretMark)
  .superRefine((secrets, context) => {
    for (const id of Object.keys(secrets).filter((id) => !SECRET_ID.test(id))) {
      const message = `${JSON.stringify(id)} is not an id of a secret; write letters, digits, "_", "." and "-"`;
      context.addIssue({ code: "custom", path: [id], message });
    }
  })
  .transform((secrets) => Object.keys(secrets));

const signaturesSchema = z.strictObject({
  policy: text("name the policy.json"),
  registriesD: text("name the folder").exactOptional(),
});

const contextSource = z
  .strictObject({
    context: text("name the folder with the Containerfile"),
    containerfile: text("name the Containerfile").default("Containerfile"),
    buildArgs: z.record(z.string(), z.string()).default({}),
    target: textLike(/^\w[\w.-]*$/, "write the name of a stage", "the name of a stage").exactOptional(),
    options: buildOptionsSchema.exactOptional(),
    contexts: namedContextsSchema.exactOptional(),
    secrets: secretIds.exactOptional(),
    signatures: signaturesSchema.exactOptional(),
  })
  .transform((source) => ({ kind: "context" as const, ...source }));

const imageSource = z
  .strictObject({ image: imageReference, signatures: signaturesSchema.exactOptional() })
  .transform((source) => ({ kind: "image" as const, ...source }));

/** A folder or an image: told apart by which of the two keys is there. */
export function sourceSchema(raw: Readonly<Record<string, unknown>>): z.ZodType<SourceSettings> {
  return "image" in raw ? imageSource : contextSource;
}

/** What both image builders can make the root of a disk; `image`: what the image itself says. */
const ROOT_FILE_SYSTEMS = ["xfs", "ext4", "btrfs", "image"] as const;

const diskFields = z.strictObject({
  builder: z.strictObject({
    image: imageReference,
    kind: z.enum(DISK_BUILDERS).exactOptional(),
    packaged: z.array(z.enum(ARCHITECTURES)).exactOptional(),
  }),
  rootfs: z.enum(ROOT_FILE_SYSTEMS).default("xfs"),
  args: z.array(z.string()).exactOptional(),
  config: text("name the file").exactOptional(),
  needGib: count().default(20),
});

export const diskSchema: z.ZodType<DiskSettings> = diskFields
  .transform(({ builder: { image, packaged, ...written }, args, ...rest }) => {
    const { kind = isOsbuilds(image) ? "image-builder" : "bootc-image-builder" } = written;
    const without = kind === "image-builder" && isOsbuilds(image) ? WITHOUT_CONTAINER : [];
    return { builder: { image, kind, packaged: packaged ?? without }, args: args ?? BUILDER_ARGS[kind], ...rest };
  })
  .check(({ value: { builder, args }, issues }) => {
    if (builder.kind !== "image-builder") {
      const message = `${builder.kind} is a container alone; leave it out, or set disk.builder.kind to image-builder`;
      const path = ["builder", "packaged"];
      if (builder.packaged.length > 0) issues.push({ code: "custom", path, message, input: builder.packaged });
      return;
    }
    args.forEach((arg, index) => {
      const remedy = NOT_IMAGE_BUILDERS[arg.replace(/=.*/s, "")];
      if (remedy === undefined) return;
      const message = `${arg} is bootc-image-builder's, and ${builder.image} is called as image-builder is; ${remedy}`;
      issues.push({ code: "custom", path: ["args", index], message, input: arg });
    });
  });

const BUILDER_ARGS: Readonly<Record<DiskBuilder, readonly string[]>> = {
  "bootc-image-builder": ["--use-librepo=True"],
  "image-builder": [],
};

/** osbuild's container has had two names; others call their own image-builder too, and mean the one of before. */
function isOsbuilds(image: string): boolean {
  return /\/osbuild\/image-builder(-cli)?([:@].*)?$/.test(image);
}

/** osbuild pushes containers for the other two. Source: osbuild/image-builder, .github/workflows/container.yaml. */
const WITHOUT_CONTAINER: readonly Arch[] = ["ppc64le", "s390x"];

/** What the one has and the other has not. Source: image-builder's `cmd/image-builder` (cmd.go, bib_cmd.go). */
const NOT_IMAGE_BUILDERS: Readonly<Record<string, string>> = {
  "--use-librepo": "leave it out",
  "--local": "leave it out",
  "--chown": "leave it out",
  "--type": "leave it out: it is raw",
  "--rootfs": "write disk.rootfs",
  "--config": "write disk.config",
  "--output": "leave it out",
  "--target-arch": "leave it out: each worker builds for its own",
};

const address = serviceAddress("https://s3.example.org");

/** Amazon's rules for names (S3 user guide, "Bucket naming rules"), and those that it keeps though their letters are right. */
const AMAZON_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED =
  /\.\.|^(\d{1,3}\.){3}\d{1,3}$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;
/** What other servers take at most: Ceph has capitals and underscores. */
const OTHER_NAME = /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i;

function bucketProblem(bucket: string, endpoint: string | undefined): string | undefined {
  const isAmazons = endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
  if (!(isAmazons ? AMAZON_NAME : OTHER_NAME).test(bucket)) {
    const rule = isAmazons ? "3 to 63 small letters, digits, - and ." : "3 to 255 letters, digits, -, . and _";
    return `${JSON.stringify(bucket)} is not a bucket name; write one of ${rule}, that begins and ends with a letter or digit`;
  }
  if (!isAmazons || !RESERVED.test(bucket)) return undefined;
  return "is a name that Amazon's S3 keeps or refuses (two dots, xn--, an address); choose another";
}

export const storeSchema: z.ZodType<Store> = z
  .strictObject({
    bucket: text("name the bucket"),
    region: text("name the bucket's region, e.g. us-east-1"),
    endpoint: address.exactOptional(),
    endpointForWorkers: address.exactOptional(),
    credentials: z
      .strictObject({ file: text("name the credentials file"), profile: text("name the profile in the file") })
      .exactOptional(),
  })
  .check(
    z.superRefine(
      (store, context) => {
        const { bucket, region, endpoint } = store as Partial<Store>;
        const problem = (field: keyof Store, message: string) =>
          context.addIssue({ code: "custom", path: [field], message });
        // Another server calls its own as it likes.
        if (typeof region === "string" && region !== "" && endpoint === undefined && !AWS_REGION.test(region)) {
          problem(
            "region",
            `${JSON.stringify(region)} is not a region of Amazon S3; name the bucket's, e.g. us-east-1`,
          );
        }
        if (typeof bucket !== "string" || bucket === "") return;
        const message = bucketProblem(bucket, address.safeParse(endpoint).data);
        if (message !== undefined) problem("bucket", message);
      },
      { when: ({ value }) => isRecord(value) },
    ),
  );

/** `prefix: {...}`; what is absent follows from the prefix. */
export const registrySchema = z.strictObject({
  /** As workers reach it. @default the prefix */
  location: textLike(
    /^(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d+)?(\/[\w.-]+)*$/i,
    "write how workers reach it, HOST[:PORT][/PATH]",
    "a registry without a scheme",
  ).exactOptional(),
  /** Plain http, or a certificate that no authority signed. @default true for this machine itself, else false */
  insecure: z.boolean().exactOptional(),
});

export const publishSchema = z.array(text("name a target")).min(1);

export const bootCheckSchema: z.ZodType<BootCheckSettings> = z.strictObject({
  boots: count().default(3),
  timeoutMinutes: count().default(10),
  checks: z.array(text("write a shell command")).default([]),
});

/** Without quotes, some readers of YAML take two of the three for true and false. */
const firstBootMode = z.preprocess(
  (written) => (typeof written === "boolean" ? (written ? "on" : "off") : written),
  z.enum(FIRST_BOOTS),
);

/** Numbers and switches at the top of the file. */
export const plainSchema = z
  .strictObject({
    keepGenerations: count().default(2),
    /** 0 in a file means the same as nothing: it can be switched off where the project has another default. */
    rebuildAfterDays: count(0).default(0),
    buildTimeoutMinutes: count().default(120),
    attempts: count().max(MOST_ATTEMPTS).default(2),
    keepOnFailure: z.boolean().default(false),
    firstBoot: firstBootMode.default("auto"),
    promotedBy: z.array(text("name a stack")).default([]),
    identity: textLike(IDENTITY, "copy it from the report or from a tag", "the identity of a stack").exactOptional(),
    only: z
      .strictObject({
        architectures: z.array(z.enum(ARCHITECTURES)).min(1).exactOptional(),
        targets: z.array(text("name a target")).min(1).exactOptional(),
      })
      .default({}),
  })
  .transform(({ rebuildAfterDays, ...plain }) => (rebuildAfterDays === 0 ? plain : { ...plain, rebuildAfterDays }));

export const promoteSchema: z.ZodType<PromoteSettings["promote"]> = z
  .strictObject({
    from: text("name the stack that builds"),
    soakDays: count(0).default(7),
    generation: textLike(/^g[1-9]\d*$/, "write its id, e.g. g12", "the id of a generation").exactOptional(),
    skipSoak: z.boolean().default(false),
    needs: z
      .array(
        textLike(/^\w[\w-]*(\.\w[\w-]*)*$/, "write e.g. aws.x86_64", "a path in the output images, e.g. aws.x86_64"),
      )
      .default([]),
  })
  .refine(({ generation, skipSoak }) => !skipSoak || generation !== undefined, {
    path: ["skipSoak"],
    error: "needs promote.generation: it is for one generation; to wait for none at all, set soakDays to 0",
  });
