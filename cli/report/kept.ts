/** What the store keeps beside each disk, held against what the commit record says of it. */
import { sha256Of } from "../../contract/record-signature";
import type { CommitRecord, PackageVersion, StoredObject } from "../../contract/commit-record";
import { messageOf } from "../../contract/message-of";
import { parseCommitRecord } from "../../contract/schemas/commit-record";
import { supportEndIn } from "../../contract/schemas/support-end";
import type { DiskFacts } from "../../model/plan";
import { parseJson, type ObjectStore } from "../../provider/object-store";
import { storePath } from "../../provider/store-folders";
import type { Store } from "../../provider/store";
import * as z from "zod";
import type { PackageList } from "./packages";

/** One document: where whoever has an image of the disk finds it. */
export interface KeptDocument {
  /** As tools for S3 take it: `s3://BUCKET/packages/...`. */
  readonly address: string;
  /** What the record says; absent in records of versions before. */
  readonly sha256?: string;
  /** Why it is not to be believed, or can't be had. @default it is as the record says */
  readonly problem?: string;
}

export interface DiskDocuments {
  /** @default the build kept none, or its record can't be read */
  readonly sbom?: KeptDocument;
  /** As of the SBOM. */
  readonly provenance?: KeptDocument;
  /** Last day on which its distribution has updates, as the SBOM says: `2027-05-19`. @default it says none */
  readonly supportEnd?: string;
  /** What the record says of who sent the disk. @default it can't be read */
  readonly sent?: Pick<CommitRecord, "snapshots" | "bodies" | "notSent">;
  /** Why the record can't be read, or is not to be believed. */
  readonly problem?: string;
}

export interface KeptBeside extends DiskDocuments {
  /** @default the build could not tell its packages */
  readonly packages?: PackageList;
}

/** A store, or why there is none to ask. */
export type Known<T> = T | { readonly problem: string };
type Reading = Pick<ObjectStore, "getBytes">;

export interface BuiltDisk {
  readonly key: string;
  readonly facts: DiskFacts;
  /** Name of the stack that builds: the folder of builds of the oldest versions. */
  readonly stack: string;
}

/** Everything beside one disk. */
export async function readBeside(
  { key, facts, stack }: BuiltDisk,
  store: Known<Store>,
  open: (store: Store) => Reading,
): Promise<KeptBeside> {
  if ("problem" in store) return { ...(facts.packages !== undefined && { packages: { unreadable: store.problem } }) };
  const opened = open(store);
  const folder = facts.folder ?? facts.packages?.split("/")[1] ?? stack;
  const read = await readRecord(opened, storePath("builds", folder, `${key}.json`), { key, facts });
  const objects = "problem" in read ? {} : read.objects;
  const [packages, sbom, provenance] = await Promise.all([
    facts.packages === undefined ? undefined : readList(opened, facts.packages, objects["packages.json"]?.sha256),
    documentAt(opened, store, objects["sbom.spdx.json"]),
    documentAt(opened, store, objects["provenance.json"]),
  ]);
  const supportEnd = sbom?.bytes === undefined ? undefined : supportEndIn(sbom.bytes);
  return {
    ...(packages && { packages }),
    ...(sbom && { sbom: sbom.document }),
    ...(provenance && { provenance: provenance.document }),
    ...(supportEnd !== undefined && { supportEnd }),
    ...("problem" in read ? { problem: read.problem } : { sent: sentOf(read) }),
  };
}

function sentOf({ snapshots, bodies, notSent }: CommitRecord): Required<DiskDocuments>["sent"] {
  return { ...(snapshots && { snapshots }), ...(bodies && { bodies }), ...(notSent && { notSent }) };
}

async function readRecord(
  opened: Reading,
  object: string,
  { key, facts }: Pick<BuiltDisk, "key" | "facts">,
): Promise<Known<CommitRecord>> {
  try {
    const bytes = await opened.getBytes(object);
    if (bytes === undefined) return { problem: `the store has no ${object}` };
    const other = { problem: `${object} is not the record that the images were made from` };
    if (facts.recordSha256 !== undefined && facts.recordSha256 !== sha256Of(bytes)) return other;
    const record = parseCommitRecord(parseJson(object, Buffer.from(bytes).toString()));
    return record.key === key && record.disk.sha256 === facts.sha256 ? record : other;
  } catch (error) {
    return { problem: unquoted(error, object) };
  }
}

async function documentAt(
  opened: Reading,
  { bucket }: Store,
  stored: StoredObject | undefined,
): Promise<{ readonly document: KeptDocument; readonly bytes?: Uint8Array } | undefined> {
  if (stored === undefined) return undefined;
  const { object, sha256 } = stored;
  const document = { address: `s3://${bucket}/${object}`, ...(sha256 !== undefined && { sha256 }) };
  const bytes = await readAs(opened, object, sha256);
  return "problem" in bytes ? { document: { ...document, problem: bytes.problem } } : { document, bytes };
}

const packageList: z.ZodType<readonly PackageVersion[]> = z.array(z.object({ name: z.string(), version: z.string() }));

async function readList(opened: Reading, object: string, sha256: string | undefined): Promise<PackageList> {
  const bytes = await readAs(opened, object, sha256);
  if ("problem" in bytes) return { unreadable: bytes.problem };
  try {
    const parsed = packageList.safeParse(parseJson(object, Buffer.from(bytes).toString()));
    if (!parsed.success) return { unreadable: `${object} is no list of packages` };
    // An image without a package manager that is known has an empty list.
    return parsed.data.length === 0 ? { unreadable: "the image can't tell its packages" } : parsed.data;
  } catch (error) {
    return { unreadable: unquoted(error, object) };
  }
}

async function readAs(opened: Reading, object: string, sha256: string | undefined): Promise<Known<Uint8Array>> {
  try {
    const bytes = await opened.getBytes(object);
    if (bytes === undefined) return { problem: `the store has no ${object}` };
    if (sha256 === undefined || sha256Of(bytes) === sha256) return bytes;
    return { problem: `${object} was changed after it was built: its sha256 is not the one that the record has` };
  } catch (error) {
    return { problem: unquoted(error, object) };
  }
}

/** Without the object: what stops one mostly stops all, and is then said once. */
function unquoted(error: unknown, object: string): string {
  return messageOf(error).replace(` "${object}"`, "");
}
