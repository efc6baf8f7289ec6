/** The server's identity: the key that a connection names against the one that the server shows. */
import { createHash, timingSafeEqual } from "node:crypto";
import { utils, type ServerHostKeyAlgorithm } from "ssh2";

export interface HostKey {
  readonly type: string;
  readonly blob: Buffer;
}

/** Reads an OpenSSH public key line: `ssh-ed25519 AAAA... comment`. */
export function parseHostKey(line: string): HostKey {
  const parsed = utils.parseKey(line.trim());
  if (parsed instanceof Error) {
    throw new Error(
      `connection.hostKey is no OpenSSH public key (${parsed.message}): expected a line such as "ssh-ed25519 AAAA...", ` +
        `as "ssh-keyscan HOST" prints it after the host's name`,
      { cause: parsed },
    );
  }
  return { type: parsed.type, blob: parsed.getPublicSSH() };
}

export function sameKey(expected: HostKey, shown: Buffer): boolean {
  return expected.blob.length === shown.length && timingSafeEqual(expected.blob, shown);
}

/** As OpenSSH prints it: `SHA256:` and base64 without padding. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** What a client accepts, in the order of preference of OpenSSH. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/**
 * The algorithms to offer: those of the expected key first, so that a server with several keys shows that one. The others
 * stay in, so that a server without it is refused for its key, by fingerprint.
 */
export function algorithmsFor(key: HostKey): ServerHostKeyAlgorithm[] {
  const fits = (algorithm: string) =>
    algorithm === key.type || (key.type === "ssh-rsa" && algorithm.startsWith("rsa-"));
  const first = ALGORITHMS.filter(fits);
  if (first.length === 0) {
    throw new Error(
      `connection.hostKey has type ${key.type}, which is not supported: use an ed25519, ecdsa or rsa key`,
    );
  }
  return [...first, ...ALGORITHMS.filter((algorithm) => !fits(algorithm))];
}
