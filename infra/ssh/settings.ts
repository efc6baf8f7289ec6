/** Settings of platform ssh: a machine that exists already and serves as a worker. It publishes nothing. */
import * as z from "zod";
import { count, lifetimeMinutes, text } from "../fields";

const ALGORITHMS = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** True for `ALGORITHM BASE64 [comment]` whose BASE64 names the same algorithm inside (RFC 4253, 6.6). */
function isHostKey(line: string): boolean {
  const [algorithm = "", encoded = ""] = line.trim().split(/\s+/);
  if (!ALGORITHMS.test(algorithm) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false;
  const blob = Buffer.from(encoded, "base64");
  const length = blob.length > 4 ? blob.readUInt32BE(0) : 0;
  return length === algorithm.length && blob.toString("latin1", 4, 4 + length) === algorithm;
}

const KEY_REMEDY = 'give the line that "ssh-keyscan -t ed25519 HOST" prints, without the host';

export const sshWorker = z.strictObject({
  platform: z.literal("ssh"),
  /** Name or address. */
  host: text("name the machine"),
  /** @default 22 */
  port: count().max(65535).default(22),
  /** Must be root, or become it without a password. @default root */
  user: text("name the user").default("root"),
  /** OpenSSH public host key, `ssh-ed25519 AAAA...`; always checked. */
  hostKey: text(KEY_REMEDY).refine((line) => line === "" || isHostKey(line), {
    error: `is not an OpenSSH public key; ${KEY_REMEDY}`,
  }),
  /** OpenSSH private key on this machine: absolute, or relative to the project. */
  privateKeyFile: text("name the file with the private key"),
  /** The agent stops its work after so many minutes; the machine is left on. @default 180 */
  lifetimeMinutes,
});
export type SshWorker = z.output<typeof sshWorker>;
