/**
 * The event log of a `pulumi up` 3.246.0 of one architecture to two regions of AWS, a hypervisor and two regions of IBM Cloud, with
 * only those fields that are read, and without the program's own debugging.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function recordedUp(): string[] {
  return readFileSync(join(__dirname, "up.jsonl"), "utf8").trimEnd().split("\n");
}
