/** Commit records with their signatures, as they lie in the store: who signed, and what is not as it was signed. */
import type { KeyObject } from "node:crypto";
import { parseCommitRecord } from "../contract/schemas/commit-record";
import { openSignature } from "../contract/schemas/record-signature";
import { sha256Of, type SignedObject, type SignedStatement } from "../contract/record-signature";
import { type ObjectStore, parseJson, UnreadableObject } from "./object-store";
import { storePath } from "./store-folders";

/** Where the signature of a record is. */
export function signatureObject(folder: string, key: string): string {
  return storePath("signatures", folder, `${key}.json`);
}

/** Names of a record and its signature. */
export interface SignedNames {
  readonly record: string;
  readonly signature: string;
}

export type SignedState =
  | { readonly kind: "signed"; readonly record: unknown; readonly statement: SignedStatement; readonly keyId: string }
  /** The record is not in the store. */
  | { readonly kind: "missing" }
  /** There is a record, and no signature of it. */
  | { readonly kind: "unsigned"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly object: string; readonly why: string };

/** @throws Error if the store does not answer */
export async function lookAtSigned(
  store: ObjectStore,
  names: SignedNames,
  trusted: readonly KeyObject[],
): Promise<SignedState> {
  const { record: object, signature } = names;
  const [bytes, envelope] = await Promise.all([small(store, object), small(store, signature)]);
  if (bytes instanceof UnreadableObject) return { kind: "refused", object, why: bytes.why };
  if (envelope instanceof UnreadableObject) return { kind: "refused", object: signature, why: envelope.why };
  if (bytes === undefined) return { kind: "missing" };
  if (envelope === undefined) return { kind: "unsigned", bytes };
  const opened = openSignature(Buffer.from(envelope).toString(), trusted);
  if ("refused" in opened) return { kind: "refused", object: signature, why: opened.refused };
  const { statement, keyId } = opened;
  if (statement.record.object !== object)
    return { kind: "refused", object: signature, why: `signs another record, ${statement.record.object}` };
  const changed = await changedSince(store, statement, bytes);
  if (changed !== undefined) return { kind: "refused", ...changed };
  return { kind: "signed", record: parseJson(object, Buffer.from(bytes).toString()), statement, keyId };
}

/** What of a record and its objects is not as it was signed. What is gone from the store can mislead nobody. */
export async function changedSince(
  store: ObjectStore,
  { record, objects }: SignedStatement,
  bytes: Uint8Array,
): Promise<{ readonly object: string; readonly why: string } | undefined> {
  if (sha256Of(bytes) !== record.sha256) return { object: record.object, why: "was changed after it was signed" };
  for (const { object, sizeBytes, etag } of objects) {
    const found = await store.head(object);
    if (found === undefined) continue;
    if (found.sizeBytes !== sizeBytes)
      return { object, why: `has ${found.sizeBytes} bytes, and ${sizeBytes} when its record was signed` };
    if (found.etag !== etag) return { object, why: "was written again after its record was signed" };
  }
  return undefined;
}

/**
 * What is to be signed of a record.
 * @param bytes of the record, which has been checked
 * @throws Error if an object that it names is not there as it says
 */
export async function statementOf(store: ObjectStore, object: string, bytes: Uint8Array): Promise<SignedStatement> {
  const { objects } = parseCommitRecord(parseJson(object, Buffer.from(bytes).toString()));
  const signed = Object.values(objects).map(async ({ object: name, sizeBytes }): Promise<SignedObject> => {
    const found = await store.head(name);
    if (found === undefined) throw new Error(`${name}, which ${object} names, is not in the store`);
    if (found.sizeBytes !== sizeBytes)
      throw new Error(`${name} has ${found.sizeBytes} bytes, and ${object} says ${sizeBytes}`);
    return { object: name, sizeBytes, etag: found.etag };
  });
  return { version: 1, record: { object, sha256: sha256Of(bytes) }, objects: await Promise.all(signed) };
}

async function small(store: ObjectStore, object: string): Promise<Uint8Array | UnreadableObject | undefined> {
  try {
    return await store.getBytes(object);
  } catch (error) {
    if (error instanceof UnreadableObject) return error;
    throw error;
  }
}
