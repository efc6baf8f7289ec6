/** Keys of Ed25519 (RFC 8032) as people write them: PEM, as openssl makes it, or 32 bytes in base64. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** What stands before the 32 bytes in PKCS#8 and in SubjectPublicKeyInfo. Source: RFC 8410, sections 4 and 7. */
const BEFORE_SEED = Buffer.from("302e020100300506032b657004220420", "hex");
const BEFORE_PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
const RAW = /^[A-Za-z0-9+/]{43}=$/;

/** @throws Error with what it is instead; never with the text, which is secret */
export function privateKeyOf(text: string): KeyObject {
  const written = text.trim();
  if (RAW.test(written)) return fromSeed(written);
  if (!written.startsWith("-----BEGIN ")) throw new Error("is neither PEM nor 32 bytes in base64");
  if (written.startsWith("-----BEGIN PUBLIC KEY")) throw new Error("is a public key; signing needs the private one");
  if (written.startsWith("-----BEGIN ENCRYPTED"))
    throw new Error("has a passphrase; take that off, settings are encrypted");
  return ofEd25519(() => createPrivateKey(written));
}

/** @throws Error with what it is instead */
export function publicKeyOf(text: string): KeyObject {
  const written = text.trim();
  if (RAW.test(written)) return fromRaw(Buffer.from(written, "base64"));
  if (/PRIVATE KEY/.test(written))
    throw new Error("is a private key, in clear: never use it again, and write a public one");
  if (!written.startsWith("-----BEGIN ")) throw new Error("is neither PEM nor 32 bytes in base64");
  return ofEd25519(() => createPublicKey(written));
}

/** The public key of a private one, as 32 bytes in base64. */
export function publicText(key: KeyObject): string {
  return rawPublic(key).toString("base64");
}

/** Names a key, private or public, to people and in signatures: 16 hex digits of the sha256 of its 32 public bytes. */
export function keyId(key: KeyObject): string {
  return createHash("sha256").update(rawPublic(key)).digest("hex").slice(0, 16);
}

function rawPublic(key: KeyObject): Buffer {
  const known = key.type === "private" ? createPublicKey(key) : key;
  return known.export({ format: "der", type: "spki" }).subarray(BEFORE_PUBLIC.length);
}

function fromSeed(base64: string): KeyObject {
  const der = Buffer.concat([BEFORE_SEED, Buffer.from(base64, "base64")]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function fromRaw(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([BEFORE_PUBLIC, bytes]), format: "der", type: "spki" });
}

function ofEd25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // What the library says may quote the text.
    throw new Error("is PEM, but not a key that can be read");
  }
  const type = key.asymmetricKeyType;
  if (type !== "ed25519") throw new Error(`is a key of ${type ?? "another kind"}; make one of ed25519`);
  return key;
}
