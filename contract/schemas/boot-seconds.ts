/** What a boot check measured: seconds from power-on to a running system, one number a boot. */
import { z } from "zod";
import { parse } from "./parse";

/**
 * From the outputs of its inner stack.
 * @param boots how many machines were to be started
 */
export function readBootSeconds(outputs: unknown, boots: number): readonly number[] {
  const seconds = z.array(z.number().nonnegative()).length(boots, `must have one number for each of ${boots} boots`);
  return parse(z.object({ seconds }), outputs, "the answer of the boot check").seconds;
}

/** From what the check's script printed on a machine. */
export function parseSeconds(stdout: string): number {
  const text = stdout.trim();
  // Whatever the image's own programs print has no business in reports.
  if (!/^\d{1,7}\.\d$/.test(text)) throw new Error("the booted machine did not say how many seconds its start took");
  return Number(text);
}
