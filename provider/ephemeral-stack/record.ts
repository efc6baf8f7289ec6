/** The record of finished work: there, and everything it names there with its size? Then there is nothing to do. */
import { z } from "zod";
import type { CommitRecord } from "../../contract/commit-record";
import { type ExpectedBuild, parseCommitRecord, recordProblems } from "../../contract/schemas/commit-record";
import { publicKeyOf } from "../../contract/signing-keys";
import { type ObjectStore, UnreadableObject } from "../object-store";
import { BUILD_TAG, OWNER_TAG } from "../owner";
import { lookAtSigned } from "../signed-record";
import type { KeptForms } from "../room";
import type { RecordArgs } from "./args";

const named = z.object({ object: z.string(), sizeBytes: z.number() });
const namedObjects = z.union([z.array(named), z.record(z.string(), named)]);
type Named = z.infer<typeof named>;

export type RecordState =
  | {
      readonly kind: "whole";
      readonly record: unknown;
      /** What of it is left out, for people. */
      readonly notes: readonly string[];
    }
  | { readonly kind: "missing" }
  /** The record promises what is not there, or names what is not this work's: the work has to be done again. */
  | { readonly kind: "broken"; readonly why: string };

/** Whom to ask about what a record says. */
export interface RecordWitnesses {
  readonly store: ObjectStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly formTags: KeptForms["tagsOf"];
}

/** @param since when work on it began, if it was made just now: it can't be older, whatever the store's clock says */
export async function lookAtRecord(witnesses: RecordWitnesses, args: RecordArgs, since?: number): Promise<RecordState> {
  const { store } = witnesses;
  const found = await readRecord(store, args, since);
  if ("broken" in found) return { kind: "broken", why: found.broken };
  const { record } = found;
  // Not before: only reading tells a bucket that is not there from an object that is not.
  const head = await store.head(args.object);
  if (record === undefined || head === undefined) return { kind: "missing" };
  if (args.build === undefined) return generic(store, args.objectsField, record);

  let build: CommitRecord;
  try {
    build = parseCommitRecord(record);
  } catch (error) {
    return { kind: "broken", why: (error as Error).message };
  }
  const foreign = recordProblems(build, args.build);
  if (foreign.length > 0) return { kind: "broken", why: `refused: ${foreign.join("; ")}` };
  const missing = await missingObjects(store, Object.values(build.objects));
  if (missing.length > 0) return { kind: "broken", why: missing.join("; ") };
  const snapshots = await provenSnapshots(witnesses, build, args.build);
  if (snapshots.foreign.length > 0) return { kind: "broken", why: `refused: ${snapshots.foreign.join("; ")}` };
  const { snapshots: _claimed, ...rest } = build;
  const builtAt = boundedTime(head.modifiedAt.getTime(), since, witnesses.now());
  return {
    kind: "whole",
    record: { ...rest, builtAt, ...(build.snapshots === undefined ? {} : { snapshots: snapshots.ours }) },
    notes: snapshots.notes,
  };
}

/** What the work itself has left just now is signed afterwards; what somebody left before has to be signed. */
async function readRecord(
  store: ObjectStore,
  { object, signed }: RecordArgs,
  since: number | undefined,
): Promise<{ readonly record: unknown } | { readonly broken: string }> {
  if (signed !== undefined && since === undefined) {
    const state = await lookAtSigned(store, { record: object, ...signed }, signed.trusted.map(publicKeyOf));
    if (state.kind === "unsigned") return { broken: "it is not signed" };
    if (state.kind === "refused") return { broken: `refused: ${state.object} ${state.why}` };
    return { record: state.kind === "signed" ? state.record : undefined };
  }
  try {
    return { record: await store.getJson(object) };
  } catch (error) {
    if (error instanceof UnreadableObject) return { broken: `it ${error.why}` };
    throw error;
  }
}

async function generic(store: ObjectStore, field: string, record: unknown): Promise<RecordState> {
  const parsed = z.looseObject({ [field]: namedObjects }).safeParse(record);
  if (!parsed.success) return { kind: "broken", why: `it names no objects in "${field}"` };
  const missing = await missingObjects(store, Object.values(namedObjects.parse(parsed.data[field])));
  return missing.length === 0 ? { kind: "whole", record, notes: [] } : { kind: "broken", why: missing.join("; ") };
}

async function missingObjects(store: ObjectStore, objects: readonly Named[]): Promise<readonly string[]> {
  const problems = await Promise.all(
    objects.map(async ({ object, sizeBytes }) => {
      const found = await store.head(object);
      if (found === undefined) return [`${object} is not there`];
      if (found.sizeBytes !== sizeBytes)
        return [`${object} has ${String(found.sizeBytes)} bytes, not ${String(sizeBytes)}`];
      return [];
    }),
  );
  return problems.flat();
}

/** A worker can put blocks into a snapshot, but it can't mark one: the marks say which were begun for this build. */
async function provenSnapshots(
  { formTags }: RecordWitnesses,
  { snapshots = {} }: CommitRecord,
  { key, identity }: ExpectedBuild,
) {
  const ours: Record<string, NonNullable<CommitRecord["snapshots"]>[string]> = {};
  const foreign: string[] = [];
  const notes: string[] = [];
  for (const [region, snapshot] of Object.entries(snapshots)) {
    const { snapshotId } = snapshot;
    const tags = await formTags(region, snapshotId);
    // Those of the version before bear the key alone.
    const owner = tags?.[OWNER_TAG] ?? identity;
    if (tags === undefined) notes.push(`snapshot ${snapshotId} in ${region} is gone; it is made again from the store`);
    else if (tags[BUILD_TAG] === key && owner === identity) ours[region] = snapshot;
    else foreign.push(`it names snapshot ${snapshotId} in ${region}, which was not begun for this build`);
  }
  return { ours, foreign, notes };
}

/**
 * When the work was done: as the store dates the record, never as a worker's clock says. The store's clock may be wrong
 * too: nothing is from the future, and what was made just now is not from before. RFC 3339.
 */
function boundedTime(modified: number, since: number | undefined, now: number): string {
  return new Date(Math.min(Math.max(modified, since ?? modified), now)).toISOString();
}

/** The record that a program which has ended well must have left. */
export function recorded(state: RecordState, object: string): unknown {
  switch (state.kind) {
    case "whole":
      return state.record;
    case "missing":
      throw new Error(`the program ended without an error but left no record ${object}`);
    case "broken":
      throw new Error(`the program left the record ${object}, but ${state.why}`);
  }
}
