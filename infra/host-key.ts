/** The host key of a machine that the settings name: known beforehand, whatever answers at its address. */
import { text } from "./fields";

const ALGORITHMS = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** True for `ALGORITHM BASE64 [comment]` whose BASE64 names the same algorithm inside (RFC 4253, 6.6). */
function isHostKey(line: string): boolean {
  const [algorithm = "", encoded = ""] = line.trim().split(/\s+/);
  if (!ALGORITHMS.test(algorithm) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false;
  const blob = Buffer.from(encoded, "base64");
  const length = blob.length > 4 ? blob.readUInt32BE(0) : 0;
  return length === algorithm.length && blob.toString("latin1", 4, 4 + length) === algorithm;
}

const REMEDY = 'give the line that "ssh-keyscan -t ed25519 HOST" prints, without the host';

export const hostKey = text(REMEDY).refine((line) => line === "" || isHostKey(line), {
  error: `is not an OpenSSH public key; ${REMEDY}`,
});
