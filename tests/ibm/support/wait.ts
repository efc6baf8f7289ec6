/** A clock for tests: sleeping takes no time, and is noted. */
import type { Wait } from "../../../provider/wait";

export function fakeWait(): { readonly wait: Wait; readonly slept: number[] } {
  const slept: number[] = [];
  let now = Date.now();
  return {
    slept,
    wait: {
      now: () => now,
      sleep: (ms, signal) => {
        signal.throwIfAborted();
        slept.push(ms);
        now += ms;
        return Promise.resolve();
      },
    },
  };
}
