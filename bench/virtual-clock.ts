/** A clock that jumps to the next end of a wait once nothing else is under way: how busy the machine is does not show in what it measures. */
import { setImmediate as turn } from "node:timers/promises";

/** Turns of the event loop in which nobody began to wait: whoever was woken has come to its end. */
const QUIET_TURNS = 100;

export class VirtualClock {
  now = 0;
  private readonly waiting: { readonly at: number; readonly wake: () => void }[] = [];
  private begun = 0;

  wait(span: number): Promise<void> {
    this.begun += 1;
    return new Promise((wake) => this.waiting.push({ at: this.now + span, wake }));
  }

  /** Goes on until this is done. @throws Error if nobody waits any more and it is not */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const result = work.finally(() => (done = true));
    // Whoever waits for the result hears of a failure.
    result.catch(() => undefined);
    while (!done) {
      await this.quiet();
      const next = Math.min(...this.waiting.map(({ at }) => at));
      if (done) break;
      if (next === Infinity) throw new Error("nothing is under way, and it is not done");
      this.now = next;
      const woken = this.waiting.filter(({ at }) => at === next);
      this.waiting.splice(0, this.waiting.length, ...this.waiting.filter(({ at }) => at !== next));
      for (const { wake } of woken) wake();
    }
    return result;
  }

  private async quiet(): Promise<void> {
    let begun = -1;
    for (let turns = 0; turns < QUIET_TURNS; turns = begun === this.begun ? turns + 1 : 0) {
      begun = this.begun;
      await turn();
    }
  }
}
