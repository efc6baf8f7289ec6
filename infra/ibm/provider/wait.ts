/** Waits with a bound, which say what they wait for. */
import type { Call } from "../../../provider/handler";
import type { Wait } from "../../../provider/wait";

export { realWait, type Wait } from "../../../provider/wait";

const LOOK_MS = 5_000;

export interface Waiting {
  readonly wait: Wait;
  readonly call: Pick<Call, "stop" | "log">;
  readonly minutes: number;
  /** Ends the sentence "waiting for ...". */
  readonly what: string;
}

/** @param look the answer once there is one, or else what is there now, for people, and why. @throws Error after the bound */
export async function waitFor<T>(
  { wait, call, minutes, what }: Waiting,
  look: () => Promise<{ readonly done: T } | { readonly now: string; readonly cause?: Error }>,
): Promise<T> {
  const deadline = wait.now() + minutes * 60_000;
  let last = "";
  for (;;) {
    call.stop.throwIfAborted();
    const seen = await look();
    if ("done" in seen) return seen.done;
    if (wait.now() >= deadline) {
      throw new Error(`waited ${minutes} minutes for ${what}, it is ${seen.now}`, { cause: seen.cause });
    }
    if (seen.now !== last) call.log.status(`waiting for ${what}: ${seen.now}`);
    last = seen.now;
    await wait.sleep(LOOK_MS, call.stop);
  }
}
