/** Name of the inner stack: the same for every run of the same thing, so that a left-over is found again. */
import { createHash } from "node:crypto";

/** Pulumi's limit. */
const MAX = 100;

const KEY8 = 8;

/** `NAMESPACE.RESOURCENAME.KEY8`; characters that a stack name can't have become dashes. */
export function innerStackName(namespace: string, resource: string, key: string): string {
  const key8 = /^[0-9a-f]{8,}$/.test(key) ? key.slice(0, KEY8) : sha256(key).slice(0, KEY8);
  return `${base(namespace, resource)}.${key8}`;
}

/** True for the stacks of this resource, whatever their key. */
export function isInnerStackOf(stack: string, namespace: string, resource: string): boolean {
  return /^[0-9a-f]{8}$/.test(stack.slice(-KEY8)) && stack.slice(0, -KEY8) === `${base(namespace, resource)}.`;
}

/** Another name of the same resource's, always the same one: what is left under it goes with the resource. */
export function otherName(stack: string): string {
  return `${stack.slice(0, -KEY8)}${sha256(stack).slice(0, KEY8)}`;
}

function base(namespace: string, resource: string): string {
  const name = `${allowed(namespace)}.${allowed(resource)}`;
  const same = name === `${namespace}.${resource}`;
  if (same && name.length + 1 + KEY8 <= MAX) return name;
  // What was cut off or replaced must still tell two resources apart.
  const tag = sha256(`${namespace}/${resource}`).slice(0, 6);
  return `${name.slice(0, MAX - KEY8 - tag.length - 2)}-${tag}`;
}

function allowed(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.-]/g, "-");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
