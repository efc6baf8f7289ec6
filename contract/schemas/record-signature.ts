/** A record's signature as it comes from the store: somebody else's data until a trusted key has been found to have made it. */
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { parsedJson } from "../parsed-json";
import { SIGNATURE_TYPE, signerOf, type SignatureEnvelope, type SignedStatement } from "../record-signature";
import { keyId } from "../signing-keys";
import { sha256Schema } from "./parse";

/** Node takes any text for base64, and drops what is none: two texts would be one signature. */
const base64 = z.base64();

const envelopeSchema: z.ZodType<SignatureEnvelope> = z.object({
  payloadType: z.literal(SIGNATURE_TYPE),
  payload: base64,
  signatures: z
    .array(z.object({ keyid: z.string(), sig: base64 }))
    .min(1)
    .max(8),
});

export const statementSchema: z.ZodType<SignedStatement> = z.strictObject({
  version: z.literal(1),
  record: z.strictObject({ object: z.string().min(1), sha256: sha256Schema }),
  objects: z.array(
    z.strictObject({ object: z.string().min(1), sizeBytes: z.int().nonnegative(), etag: z.string().min(1) }),
  ),
});

export type OpenedSignature =
  | { readonly statement: SignedStatement; readonly keyId: string }
  /** Of the object that it is in. */
  | { readonly refused: string };

export function openSignature(text: string, trusted: readonly KeyObject[]): OpenedSignature {
  const envelope = envelopeSchema.safeParse(parsedJson(text));
  if (!envelope.success) return { refused: "is not a signature that can be read" };
  const signer = signerOf(envelope.data, trusted);
  if (signer === undefined) return { refused: notTrusted(envelope.data, trusted) };
  const statement = statementSchema.safeParse(parsedJson(Buffer.from(envelope.data.payload, "base64").toString()));
  if (!statement.success) return { refused: "is of another version of copr-builders: what it says can't be read" };
  return { statement: statement.data, keyId: keyId(signer) };
}

function notTrusted({ signatures }: SignatureEnvelope, trusted: readonly KeyObject[]): string {
  const known = trusted.map(keyId);
  // The id is as the object says, and reaches terminals.
  const ids = signatures.map(({ keyid }) => (/^[0-9a-f]{16}$/.test(keyid) ? keyid : "without an id"));
  const claimed = ids.find((id) => known.includes(id));
  return claimed === undefined
    ? `is by a key that is not trusted here (${ids.join(", ")}; trusted: ${known.join(", ")})`
    : `was changed: it is not by key ${claimed}, as it says`;
}
