/**
 * Event logs that `pulumi preview --policy-pack policies --event-log FILE` 3.246.0 wrote for a program with the types,
 * names and words of ours, without their debug messages and with other folders:
 *
 * - `new-generation`: g2 comes, g1 goes, every image has its boot check
 * - `policy-violation`: the same, but nothing boots the image in hypervisor/b
 * - `program-error`: the program ends with an error while resources are being registered
 * - `replaced`: one image is replaced in one place and updated in another
 * - `unchanged`: nothing to do
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Recorded = "new-generation" | "policy-violation" | "program-error" | "replaced" | "unchanged";

export function recorded(name: Recorded): string {
  return readFileSync(join(__dirname, "recorded", `${name}.jsonl`), "utf8");
}
