/**
 * An ssh private key in whatever form OpenSSH and openssl write it, turned into one that everything here reads, the official
 * command plugin too: OpenSSH's own form for ed25519, PEM of the key's kind for the others.
 */
import { createPrivateKey, type KeyObject } from "node:crypto";

/** Why a key can't be used: what is wrong, and what to do. Never holds anything of the key. */
export class PrivateKeyError extends Error {
  override readonly name = "PrivateKeyError";

  constructor(
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${problem}; ${remedy}`, options);
  }
}

const MAKE = "make one with \"ssh-keygen -t ed25519 -N ''\"";
const PASSPHRASE = new PrivateKeyError(
  "has a passphrase, which nobody can be asked for",
  `take it off a copy ("ssh-keygen -p -N '' -f COPY"), or ${MAKE.slice(0, -1)} -f FILE"`,
);

/**
 * @param passphrase of the key, where there is one
 * @throws PrivateKeyError
 */
export async function readPrivateKey(text: string, passphrase?: string): Promise<string> {
  // Text around the key, as `openssl -text` writes it, and line ends of Windows are what others overlook.
  const block = /-----BEGIN ([A-Z0-9 ]*?)PRIVATE KEY-----[^]*?-----END \1PRIVATE KEY-----/.exec(
    text.replaceAll("\r", ""),
  );
  if (block === null) throw notPrivate(text);
  const [pem = "", label = ""] = block;
  const isLocked = label === "ENCRYPTED " || /^Proc-Type:.*ENCRYPTED/m.test(pem) || isLockedOpenSsh(label, pem);
  if (isLocked && passphrase === undefined) throw PASSPHRASE;
  // Programs without such a worker load no ssh client.
  const { utils } = (await import("ssh2")).default;
  const written = label === "OPENSSH " ? `${pem}\n` : fromPem(pem, passphrase);
  const parsed = utils.parseKey(written, passphrase);
  if (!(parsed instanceof Error)) return written;
  // The parser's words only: the key itself must be in no error.
  throw unusable(/key type: (\S+)/.exec(parsed.message)?.[1] ?? parsed.message, parsed);
}

/** Base64 of `openssh-key-v1\0` and the name of the cipher (OpenSSH, PROTOCOL.key). */
function isLockedOpenSsh(label: string, pem: string): boolean {
  if (label !== "OPENSSH ") return false;
  const body = Buffer.from(pem.split("\n").slice(1, -1).join(""), "base64");
  const start = MAGIC.length;
  return body.length > start + 8 && body.toString("latin1", start + 4, start + 8) !== "none";
}

function fromPem(pem: string, passphrase: string | undefined): string {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    throw new PrivateKeyError("is damaged, or no private key of a known kind", MAKE, { cause });
  }
  const type = key.asymmetricKeyType ?? "unknown";
  if (type === "ed25519") return ed25519(key);
  if (type !== "rsa" && type !== "ec") throw unusable(type);
  return key.export({ type: type === "rsa" ? "pkcs1" : "sec1", format: "pem" }).toString();
}

const MAGIC = "openssh-key-v1\0";

/** ssh2 knows this kind in OpenSSH's form alone. */
function ed25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [open, seed] = [x, d].map((part) => Buffer.from(part, "base64url")) as [Buffer, Buffer];
  const string = (value: Buffer | string): Buffer => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const type = string("ssh-ed25519");
  // Two equal numbers show that it was decrypted rightly, here that it needed no decrypting; 1, 2, 3... fill up to 8 bytes.
  const inner = Buffer.concat([Buffer.alloc(8), type, string(open), string(Buffer.concat([seed, open])), string("")]);
  const filling = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    ...[Buffer.from(MAGIC), string("none"), string("none"), string(""), Buffer.from([0, 0, 0, 1])],
    ...[string(Buffer.concat([type, string(open)])), string(Buffer.concat([inner, filling]))],
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function unusable(kind: string, cause?: unknown): PrivateKeyError {
  return new PrivateKeyError(`is of a kind that can't be used here (${kind.trim()})`, MAKE, { cause });
}

function notPrivate(text: string): PrivateKeyError {
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA|PUBLIC KEY/m.test(text)) {
    return new PrivateKeyError("is a public key", "name the file of the private one, mostly the same without .pub");
  }
  if (text.startsWith("PuTTY-User-Key-File")) {
    return new PrivateKeyError(
      "is in PuTTY's form",
      'write it as OpenSSH does: "puttygen FILE -O private-openssh -o COPY"',
    );
  }
  return new PrivateKeyError("holds no private key", `name the file of one, or ${MAKE}`);
}
