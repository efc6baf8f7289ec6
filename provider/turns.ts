/** So many works at once on one thing, of all that this process has to do: the others wait. */
export class Turns {
  private readonly lines = new Map<string, { taken: number; waiting: (() => void)[] }>();

  /**
   * Waits until it is one of at most `most`, and works.
   * @param most @default 1: one after the other
   * @param stop ends the wait. @default nothing does
   * @throws the reason of `stop`, and what `work` throws
   */
  async take<T>(
    thing: string,
    work: () => Promise<T>,
    { most = 1, stop }: { readonly most?: number; readonly stop?: AbortSignal } = {},
  ): Promise<T> {
    const line = this.lines.get(thing) ?? { taken: 0, waiting: [] };
    this.lines.set(thing, line);
    stop?.throwIfAborted();
    while (line.taken >= most) {
      const waited = new AbortController();
      await new Promise<void>((resolve) => {
        line.waiting.push(resolve);
        stop?.addEventListener("abort", () => resolve(), { signal: waited.signal });
      });
      waited.abort();
      stop?.throwIfAborted();
    }
    line.taken += 1;
    try {
      return await work();
    } finally {
      line.taken -= 1;
      // All of them: one that is woken may have been stopped by then.
      for (const wake of line.waiting.splice(0)) wake();
    }
  }
}
