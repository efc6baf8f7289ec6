/**
 * The commit record of a build as it comes from a worker, over the store or over its standard output: somebody else's data.
 * Only what the worker measured of its own disk is believed, and only as far as it can be so.
 */
import { z } from "zod";
import type { CommitRecord } from "../commit-record";
import type { FormUpload } from "../agent-spec";
import { LEAST_PART, UPLOAD_NAME } from "../bodies";
import { AWS_REGION, BLOCKS_PER_GIB, SNAPSHOT_ID } from "../blocks";
import { GIB, MIB, TIB } from "../sizes";
import { diskDataSchema } from "./disk-data";
import { firstBootSchema } from "./first-boot";
import { parse, sha256Schema } from "./parse";

const MOST_BYTES = 10 * TIB;
/** An agent lives no longer: see its spec, `lifetimeMinutes`. */
const MOST_SECONDS = 7 * 24 * 60 * 60;

const bytes = z.int().nonnegative().max(MOST_BYTES, "is more than 10 TiB");
const seconds = z.number().nonnegative();
const md5Schema = z.string().regex(/^[0-9a-f]{32}$/, "must be an md5 in hex");
/** What a person reads in reports. */
const shortText = z.string().regex(/^[ -~]{1,200}$/, "must be at most 200 printable characters");

const schema = z.object({
  version: z.literal(1),
  key: sha256Schema,
  arch: z.string().regex(/^\w{1,20}$/, "must be a machine name"),
  disk: z
    .object({
      ...{ sizeBytes: bytes.min(1), dataBytes: bytes, sha256: sha256Schema },
      data: diskDataSchema.exactOptional(),
    })
    .refine(({ sizeBytes, dataBytes }) => dataBytes <= sizeBytes, "has more data than it is large")
    .refine(
      ({ sizeBytes, data }) => data?.stretches.every(([first, count]) => (first + count - 1) * MIB < sizeBytes) ?? true,
      "has data beyond its end",
    ),
  objects: z
    .record(
      z.string(),
      z.object({ object: z.string().min(1).max(1024), sizeBytes: bytes, sha256: sha256Schema.exactOptional() }),
    )
    .refine((objects) => objects["raw.zst"] !== undefined, 'names no "raw.zst"'),
  snapshots: z
    .record(
      z.string().regex(AWS_REGION, "must be a region of AWS"),
      z.object({
        snapshotId: z.string().regex(SNAPSHOT_ID, "must be the id of a snapshot"),
        volumeGib: z
          .int()
          .min(1)
          .max(MOST_BYTES / GIB),
        changedBlocks: z.int().nonnegative(),
        checksum: z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "must be a sha256 in base64"),
      }),
    )
    .exactOptional(),
  bodies: z
    .record(
      z.string().regex(UPLOAD_NAME, "must be the name of an upload"),
      z.object({
        encoding: z.enum(["raw", "qcow2"]),
        receiver: shortText,
        sizeBytes: bytes.min(1),
        md5: md5Schema,
        sha512: z.string().regex(/^[0-9a-f]{128}$/, "must be a sha512 in hex"),
        sha256: sha256Schema.exactOptional(),
        parts: z.object({ bytes: bytes.min(LEAST_PART), md5: md5Schema }).exactOptional(),
      }),
    )
    .exactOptional(),
  notSent: z.record(z.string().regex(UPLOAD_NAME, "must be the name of an upload"), shortText).exactOptional(),
  worker: z.object({ platform: shortText, type: shortText }),
  firstBoot: firstBootSchema.exactOptional(),
  imageDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be a sha256 digest"),
  builtAt: z.iso.datetime(),
  seconds: z.object({ prepare: seconds, build: seconds, disk: seconds, upload: seconds, commit: seconds }),
});

/** What the operator's side knows of a build without asking its worker. */
export const expectedBuildSchema = z.object({
  key: sha256Schema,
  arch: z.string().min(1),
  /** The objects that the worker was let write, by format. */
  objects: z.record(z.string(), z.string().min(1)),
  /** Identity of the stack: whose the snapshots are. */
  identity: z.string().min(1),
});
export type ExpectedBuild = z.infer<typeof expectedBuildSchema>;

/** @throws with everything that is wrong with its form */
export function parseCommitRecord(value: unknown): CommitRecord {
  return parse<CommitRecord>(schema, value, "the commit record");
}

/** What a record claims that this build can't have: it is another's, or made up. Empty if it is this build's. */
export function recordProblems(record: CommitRecord, { key, arch, objects }: Expected): string[] {
  const { disk, snapshots = {}, bodies = {} } = record;
  const foreign = Object.entries(record.objects).flatMap(([format, { object }]) =>
    objects[format] === object ? [] : [`it names ${object} as ${format}, which this build was not given`],
  );
  const impossible = Object.entries(snapshots).flatMap(([region, { snapshotId, volumeGib, changedBlocks }]) =>
    volumeGib * GIB >= disk.sizeBytes && changedBlocks <= volumeGib * BLOCKS_PER_GIB
      ? []
      : [`the disk can't be in snapshot ${snapshotId} in ${region}, whose volume has ${volumeGib} GiB`],
  );
  const cut = Object.entries(bodies).flatMap(([name, { encoding, sizeBytes }]) =>
    encoding !== "raw" || sizeBytes === disk.sizeBytes
      ? []
      : [`it sent another number of bytes to ${name} than the disk has`],
  );
  const total = Object.values(record.seconds).reduce((sum, one) => sum + one, 0);
  return [
    ...mistaken(record, { key, arch }),
    ...foreign,
    ...impossible,
    ...cut,
    ...(total <= MOST_SECONDS ? [] : ["its steps took longer than a worker lives"]),
  ];
}

type Expected = Pick<ExpectedBuild, "key" | "arch" | "objects">;

/** Is it another build's? */
function mistaken(record: CommitRecord, { key, arch }: Pick<ExpectedBuild, "key" | "arch">): string[] {
  return [
    ...(record.key === key ? [] : [`it is of build ${record.key.slice(0, 8)}, not of ${key.slice(0, 8)}`]),
    ...(record.arch === arch ? [] : [`it is of a disk for ${record.arch}, not for ${arch}`]),
  ];
}

/**
 * The record of a build that is done. Where its objects may be was seen to when it was taken (`recordProblems`): a stack may
 * have had another name then.
 * @throws with everything that is wrong with its form, or if it is another build's
 */
export function readCommitRecord(value: unknown, build: Pick<ExpectedBuild, "key" | "arch">): CommitRecord {
  const record = parseCommitRecord(value);
  refuse("the commit record", mistaken(record, build));
  return record;
}

/**
 * The record that an agent printed at its end.
 * @param begun what was begun for it
 * @throws with everything that is not so
 */
export function readAnswer(text: string, expected: Expected, begun: readonly FormUpload[]): CommitRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("the agent's answer is not a commit record: it is not JSON", { cause });
  }
  const record = parseCommitRecord(value);
  refuse("the agent's answer", [...recordProblems(record, expected), ...notBegun(record, begun)]);
  return record;
}

function notBegun({ snapshots = {}, bodies = {} }: CommitRecord, begun: readonly FormUpload[]): string[] {
  const isBegun = (is: (upload: FormUpload) => boolean): boolean => begun.some(is);
  return [
    ...Object.entries(snapshots).flatMap(([region, { snapshotId }]) =>
      isBegun((one) => one.format === "blocks" && one.region === region && one.snapshotId === snapshotId)
        ? []
        : [`it names snapshot ${snapshotId} in ${region}, which was not begun for it`],
    ),
    ...Object.entries(bodies).flatMap(([name, { receiver }]) =>
      isBegun((one) => one.format === "put" && one.name === name && one.receiver === receiver)
        ? []
        : [`it names ${receiver} as ${name}, which was not begun for it`],
    ),
  ];
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${what} is refused: ${problems.join("; ")}`);
}
