import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { CommitRecord } from "../../contract/commit-record";
import { signStatement, type SignedStatement } from "../../contract/record-signature";
import { parseCommitRecord } from "../../contract/schemas/commit-record";
import { parse } from "../../contract/schemas/parse";
import { statementSchema } from "../../contract/schemas/record-signature";
import { keyId as idOf, privateKeyOf } from "../../contract/signing-keys";
import { messageOf } from "../../contract/message-of";
import { type Properties, type ResourceHandler, replaceOn } from "../handler";
import { failures, storeSchema } from "../inputs";
import { type ObjectStore, type OpenStore, parseJson } from "../object-store";
import { changedSince, statementOf } from "../signed-record";

const keptSchema = z.object({
  store: storeSchema,
  record: z.string().min(1),
  signature: z.string().min(1),
  artifact: z.looseObject({ key: z.string() }),
  keyId: z.string().min(1),
});
const argsSchema = keptSchema.extend({ privateKey: z.string().min(1) });
type Args = z.infer<typeof argsSchema>;
/** The private key is among the inputs, encrypted, and nowhere else. */
const stateSchema = keptSchema.extend({ statement: statementSchema, recordSha256: z.string() });
type State = z.infer<typeof stateSchema>;

export function recordSignatureHandler({ openStore }: { readonly openStore: OpenStore }): ResourceHandler {
  const readState = (properties: Properties): State => parse(stateSchema, properties, "the state of a RecordSignature");

  /** @param before what was signed, where that still holds */
  const signed = async (inputs: Properties, before?: SignedStatement): Promise<State> => {
    const { privateKey, ...args } = parse(argsSchema, inputs, "the inputs of a RecordSignature");
    const key = privateKeyOf(privateKey);
    if (idOf(key) !== args.keyId) throw new Error(`the key of the settings is ${idOf(key)}, not ${args.keyId}`);
    const store = openStore(args.store);
    const bytes = await store.getBytes(args.record);
    if (bytes === undefined) {
      // A person has taken a build out of the store: there is nothing to sign, and its images stand without it.
      if (before === undefined || !(await anyGone(store, before))) throw refused(`${args.record} is not in the store`);
      await store.delete(args.signature);
      return { ...args, statement: before, recordSha256: before.record.sha256 };
    }
    const statement = before ?? (await freshStatement(store, args, bytes));
    const changed = await changedSince(store, statement, bytes);
    if (changed !== undefined) throw refused(`${changed.object} ${changed.why}`);
    await store.put(args.signature, JSON.stringify(signStatement(statement, key)), "application/json");
    return { ...args, statement, recordSha256: statement.record.sha256 };
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const diff = replaceOn(["signature"], olds, news);
      if (diff.changes) return diff;
      return {
        changes: replaceOn(["store", "record", "keyId"], olds, news).changes || !sameWork(olds, news),
        replaces: [],
      };
    },
    create: async (inputs) => {
      const outs = await signed(inputs.value);
      return { id: outs.signature, outs };
    },
    read: async (_id, state) => {
      const { store, signature } = readState(state.value);
      return (await openStore(store).head(signature)) === undefined ? undefined : state.value;
    },
    update: (_id, olds, news) => {
      const { statement, ...before } = readState(olds.value);
      // Another store has other objects, and a build that was made again another record: both are checked as if new.
      const holds = !replaceOn(["store", "record"], before, news.value).changes && sameWork(before, news.value);
      return signed(news.value, holds ? statement : undefined);
    },
    delete: async (_id, state) => {
      const { store, signature } = readState(state.value);
      await openStore(store).delete(signature);
    },
  };
}

async function anyGone(store: ObjectStore, { objects }: SignedStatement): Promise<boolean> {
  const heads = await Promise.all(objects.map(({ object }) => store.head(object)));
  return heads.some((head) => head === undefined);
}

const sameWork = (olds: Properties, news: Properties): boolean => isDeepStrictEqual(olds.artifact, news.artifact);

async function freshStatement(store: ObjectStore, { record, artifact }: Omit<Args, "privateKey">, bytes: Uint8Array) {
  try {
    const stored = parseCommitRecord(parseJson(record, Buffer.from(bytes).toString()));
    const differing = differences(stored, parseCommitRecord(artifact));
    if (differing.length > 0) throw new Error(`${record} was changed after it was checked (${differing.join(", ")})`);
    return await statementOf(store, record, bytes);
  } catch (cause) {
    throw refused(messageOf(cause), cause);
  }
}

/** Fields that differ. When it was built is as the store says, and of snapshots those count that were proved. */
function differences(stored: CommitRecord, checked: CommitRecord): string[] {
  const { builtAt: _worker, snapshots: claimed = {}, ...one } = stored;
  const { builtAt: _store, snapshots: proved = {}, ...other } = checked;
  const kept = Object.fromEntries(Object.keys(proved).map((region) => [region, claimed[region]]));
  const left = new Map<string, unknown>(Object.entries({ ...one, snapshots: kept }));
  const right = new Map<string, unknown>(Object.entries({ ...other, snapshots: { ...proved } }));
  return [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => !isDeepStrictEqual(left.get(name), right.get(name)),
  );
}

function refused(why: string, cause?: unknown): Error {
  return new Error(
    `nothing is signed: ${why}. Find out who writes into the store, put back what was there ` +
      `(of a bucket with versions the one before), then run "pulumi up" again`,
    { cause },
  );
}
