/** What ends a step of a lifecycle: a time that is over, or somebody who asks. */
import { Interrupt } from "../handler";
import type { Stop } from "../process";

export function stop(when: AbortSignal, graceSeconds: Stop["graceSeconds"]): Stop {
  return { when, graceSeconds };
}

/** Aborts with the message after so many minutes, unless it is cleared before. */
export function bound(minutes: number, message: string): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Interrupt("timeout", message)), minutes * 60_000);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
