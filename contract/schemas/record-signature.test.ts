import { verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SIGNATURE_TYPE, signStatement, type SignatureEnvelope, type SignedStatement } from "../record-signature";
import { keyId } from "../signing-keys";
import { testKey } from "../testing/signing-keys";
import { openSignature } from "./record-signature";

const key = testKey("a");
const other = testKey("b");
const statement: SignedStatement = {
  version: 1,
  record: { object: "builds/me/k.json", sha256: "0".repeat(64) },
  objects: [{ object: "disks/me/k", sizeBytes: 3, etag: '"abc"' }],
};
const envelope = signStatement(statement, key.privateKey);
const text = JSON.stringify(envelope);
const open = (content: unknown, trusted = [key.publicKey]) =>
  openSignature(typeof content === "string" ? content : JSON.stringify(content), trusted);
const refusal = (content: unknown, trusted = [key.publicKey]): string => {
  const opened = open(content, trusted);
  return "refused" in opened ? opened.refused : "nothing";
};
const reworded = (change: (payload: SignedStatement) => unknown): SignatureEnvelope => {
  const payload = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as SignedStatement;
  return { ...envelope, payload: Buffer.from(JSON.stringify(change(payload))).toString("base64") };
};

describe("a signature of a record", () => {
  it("is opened by the key that made it, whichever of the trusted it is", () => {
    const opened = { statement, keyId: keyId(key.publicKey) };
    expect(open(text)).toEqual(opened);
    expect(open(text, [other.publicKey, key.publicKey])).toEqual(opened);
    // The id is a hint: it decides nothing.
    expect(open({ ...envelope, signatures: [{ ...envelope.signatures[0], keyid: "another" }] })).toEqual(opened);
  });

  it("is DSSE's, which anybody can check", () => {
    const payload = Buffer.from(envelope.payload, "base64").toString();
    const signed = Buffer.from(`DSSEv1 ${SIGNATURE_TYPE.length} ${SIGNATURE_TYPE} ${payload.length} ${payload}`);
    const sig = Buffer.from(envelope.signatures[0]!.sig, "base64");
    expect(verify(null, signed, key.publicKey, sig)).toBe(true);
  });

  it("by another key is refused, with both", () => {
    const ids = [keyId(key.publicKey), keyId(other.publicKey)] as const;
    expect(refusal(text, [other.publicKey])).toBe(
      `is by a key that is not trusted here (${ids[0]}; trusted: ${ids[1]})`,
    );
    expect(refusal(text, [])).toMatch(/^is by a key that is not trusted here/);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "the record's checksum",
      reworded((p) => ({ ...p, record: { ...p.record, sha256: "1".repeat(64) } })),
      /^was changed/,
    ],
    ["the record's name", reworded((p) => ({ ...p, record: { ...p.record, object: "x" } })), /^was changed/],
    ["what an object is", reworded((p) => ({ ...p, objects: [{ ...p.objects[0], etag: "x" }] })), /^was changed/],
    ["which objects there are", reworded((p) => ({ ...p, objects: [] })), /^was changed/],
    [
      "the signature",
      { ...envelope, signatures: [{ ...envelope.signatures[0], sig: Buffer.alloc(64).toString("base64") }] },
      /^was changed/,
    ],
    ["a short signature", { ...envelope, signatures: [{ ...envelope.signatures[0], sig: "AAAA" }] }, /^was changed/],
    ["its type", { ...envelope, payloadType: "text/plain" }, /^is not a signature that can be read$/],
    ["no signatures", { ...envelope, signatures: [] }, /^is not a signature/],
    ["what is no base64", { ...envelope, payload: `${envelope.payload.slice(4)}!` }, /^is not a signature/],
    ["half of it", text.slice(0, 100), /^is not a signature/],
    ["nothing", "", /^is not a signature/],
    ["something else", "[1]", /^is not a signature/],
  ])("that was changed is refused: %s", (_what, content, why) => {
    expect(refusal(content)).toMatch(why);
  });

  it("any bit of payload or signature makes it another", () => {
    for (const field of ["payload", "sig"] as const) {
      const before = Buffer.from(field === "payload" ? envelope.payload : envelope.signatures[0]!.sig, "base64");
      for (let at = 0; at < before.length; at++) {
        const bytes = Buffer.from(before);
        bytes[at]! ^= 1 << (at % 8);
        const changed = bytes.toString("base64");
        const content =
          field === "payload"
            ? { ...envelope, payload: changed }
            : { ...envelope, signatures: [{ ...envelope.signatures[0], sig: changed }] };
        expect(refusal(content)).toMatch(/^was changed/);
      }
    }
  });

  it("that says what this version does not know is refused, though it is right", () => {
    const newer = signStatement({ ...statement, version: 2 } as unknown as SignedStatement, key.privateKey);
    expect(refusal(newer)).toMatch(/^is of another version/);
  });

  it("shows nothing of an id that would paint a terminal", () => {
    const ids = [{ ...envelope.signatures[0], keyid: "\u001b[31mtrust me" }];
    expect(refusal({ ...envelope, signatures: ids }, [other.publicKey])).toMatch(/^[ -~]+$/);
  });
});
