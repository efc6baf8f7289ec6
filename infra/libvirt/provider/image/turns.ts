/** So many at once of one thing, of all that one process has to do: the others wait. */
export class Turns {
  private readonly lines = new Map<string, { taken: number; waiting: (() => void)[] }>();

  /**
   * Waits until it is one of at most `most`.
   * @returns what ends its turn
   * @throws the reason of `stop`
   */
  async take(what: string, most: number, stop: AbortSignal): Promise<() => void> {
    const line = this.lines.get(what) ?? { taken: 0, waiting: [] };
    this.lines.set(what, line);
    stop.throwIfAborted();
    while (line.taken >= most) {
      const waited = new AbortController();
      await new Promise<void>((resolve) => {
        line.waiting.push(resolve);
        stop.addEventListener("abort", () => resolve(), { signal: waited.signal });
      });
      waited.abort();
      stop.throwIfAborted();
    }
    line.taken += 1;
    return () => {
      line.taken -= 1;
      // All of them: one that is woken may have been stopped by then.
      for (const wake of line.waiting.splice(0)) wake();
    };
  }
}
