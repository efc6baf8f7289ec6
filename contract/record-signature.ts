/**
 * The signature of a commit record: an object of its own beside it, so that record and build key stay as they are and another
 * key signs again without a build. Its form is DSSE's, which any tool for it can check.
 * Source: https://github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.
 */
import { createHash, sign, verify, type KeyObject } from "node:crypto";
import { keyId } from "./signing-keys";

export const SIGNATURE_TYPE = "application/vnd.copr-builders.record-signature+json";

/** One object that a record names, as the store had it when the record was signed. */
export interface SignedObject {
  readonly object: string;
  readonly sizeBytes: number;
  /** The store's name of its content: another one after each write. */
  readonly etag: string;
}

/** What is signed. */
export interface SignedStatement {
  readonly version: 1;
  readonly record: {
    readonly object: string;
    /** Of the very bytes in the store, hex. */
    readonly sha256: string;
  };
  readonly objects: readonly SignedObject[];
}

/** What is stored. */
export interface SignatureEnvelope {
  readonly payloadType: string;
  /** The statement as JSON, in base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export function signStatement(statement: SignedStatement, key: KeyObject): SignatureEnvelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = sign(null, signedBytes(payload), key).toString("base64");
  return {
    payloadType: SIGNATURE_TYPE,
    payload: payload.toString("base64"),
    signatures: [{ keyid: keyId(key), sig }],
  };
}

/** The first of these keys that has signed it; ids of keys are hints, so each key is tried. */
export function signerOf(
  { payload, signatures }: SignatureEnvelope,
  trusted: readonly KeyObject[],
): KeyObject | undefined {
  const bytes = signedBytes(Buffer.from(payload, "base64"));
  return trusted.find((key) => signatures.some(({ sig }) => verify(null, bytes, key, Buffer.from(sig, "base64"))));
}

/** DSSE's pre-authentication encoding. */
function signedBytes(payload: Buffer): Buffer {
  const type = Buffer.byteLength(SIGNATURE_TYPE);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type} ${SIGNATURE_TYPE} ${payload.length} `), payload]);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
