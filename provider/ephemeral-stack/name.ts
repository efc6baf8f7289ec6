/** Name of the inner stack: the same for every run of the same thing, so that a left-over is found again. */
import { createHash } from "node:crypto";

/** Pulumi's limit. */
const MAX = 100;

/** `PARENTSTACK.RESOURCENAME.KEY8`; characters that a stack name can't have become dashes. */
export function innerStackName(parentStack: string, resource: string, key: string): string {
  const parent = allowed(parentStack);
  const key8 = /^[0-9a-f]{8,}$/.test(key) ? key.slice(0, 8) : sha256(key).slice(0, 8);
  const name = `${parent}.${allowed(resource)}.${key8}`;
  if (name.length <= MAX && allowed(resource) === resource && parent === parentStack) return name;
  // What was cut off or replaced must still tell two resources apart.
  const tag = sha256(`${parentStack}/${resource}`).slice(0, 6);
  const room = MAX - key8.length - tag.length - 2;
  return `${`${parent}.${allowed(resource)}`.slice(0, room)}-${tag}.${key8}`;
}

function allowed(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]/g, "-");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
