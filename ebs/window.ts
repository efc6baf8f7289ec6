/** How many requests may be on the way at once: adapts to what the service bears. */
export class Window {
  private limit: number;
  private active = 0;
  private successes = 0;
  /** Requests that began before the last halving tell nothing about the window since. */
  private epoch = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {
    this.limit = most;
  }

  get size(): number {
    return this.limit;
  }

  /** Waits for a place. @returns what `throttled` is told */
  async enter(): Promise<number> {
    while (this.active >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.active += 1;
    return this.epoch;
  }

  leave(): void {
    this.active -= 1;
    this.wake();
  }

  /** A request went well: after as many as there are places, one place more. */
  succeeded(): void {
    this.successes += 1;
    if (this.successes < this.limit || this.limit >= this.most) return;
    this.successes = 0;
    this.limit += 1;
    this.wake();
  }

  /** The service wants fewer: half, once for all that were on the way together. @returns whether it is new */
  throttled(epoch: number): boolean {
    if (epoch !== this.epoch) return false;
    this.epoch += 1;
    this.successes = 0;
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    return true;
  }

  get now(): number {
    return this.epoch;
  }

  private wake(): void {
    for (let free = this.limit - this.active; free > 0; free -= 1) this.waiting.shift()?.();
  }
}
