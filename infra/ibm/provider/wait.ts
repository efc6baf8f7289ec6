/** Waits with a bound, which say what they wait for. */
import type { Call } from "../../../provider/handler";
import type { Wait } from "../../../provider/wait";
import { mayPass } from "./errors";

export { realWait, type Wait } from "../../../provider/wait";

const LOOK_MS = 5_000;

export interface Waiting {
  readonly wait: Wait;
  readonly call: Pick<Call, "stop" | "log">;
  readonly minutes: number;
  /** Ends the sentence "waiting for ...". */
  readonly what: string;
}

type Seen<T> = { readonly done: T } | { readonly now: string; readonly cause?: Error };

/** What takes an hour is not given up for a region that is away for a moment, beyond what each request waits by itself. */
const AWAY_MS = 5 * 60_000;

/**
 * @param look the answer once there is one, or else what is there now, for people, and why
 * @throws Error after the bound; what `look` throws, at once, but for outages, which may last some minutes
 */
export async function waitFor<T>({ wait, call, minutes, what }: Waiting, look: () => Promise<Seen<T>>): Promise<T> {
  const deadline = wait.now() + minutes * 60_000;
  const patient = patience(wait, look);
  let last = "";
  for (;;) {
    call.stop.throwIfAborted();
    const seen = await patient();
    if ("done" in seen) return seen.done;
    if (wait.now() >= deadline) {
      throw new Error(`waited ${minutes} minutes for ${what}, it is ${seen.now}`, { cause: seen.cause });
    }
    if (seen.now !== last) call.log.status(`waiting for ${what}: ${seen.now}`);
    last = seen.now;
    await wait.sleep(LOOK_MS, call.stop);
  }
}

function patience<T>(wait: Wait, look: () => Promise<Seen<T>>): () => Promise<Seen<T>> {
  let answered = wait.now();
  return async () => {
    try {
      const seen = await look();
      answered = wait.now();
      return seen;
    } catch (error) {
      if (!mayPass(error) || wait.now() > answered + AWAY_MS) throw error;
      return { now: `not known: ${error.message}`, cause: error };
    }
  };
}
