export const SLOT_BYTES = 1024 * 1024;

/** Pieces of memory that threads share; one is free again when everyone who held it has let go of it. */
export class Slots {
  readonly memory: readonly SharedArrayBuffer[];
  private readonly views: readonly Buffer[];
  private readonly free: number[];
  private readonly holders: number[];
  private waiting: (() => void) | undefined;
  private closed = false;

  constructor(count: number) {
    this.memory = Array.from({ length: count }, () => new SharedArrayBuffer(SLOT_BYTES));
    this.views = this.memory.map((memory) => Buffer.from(memory));
    this.free = this.memory.map((_, slot) => slot);
    this.holders = this.memory.map(() => 0);
  }

  view(slot: number): Buffer {
    const view = this.views[slot];
    if (view === undefined) throw new Error(`no slot ${slot}`);
    return view;
  }

  /** A free slot, held once; waits until there is one. */
  async take(): Promise<number> {
    while (!this.closed) {
      const slot = this.free.pop();
      if (slot !== undefined) {
        this.holders[slot] = 1;
        return slot;
      }
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    throw new Error("stopped");
  }

  /** One holder more. */
  hold(slot: number): void {
    this.holders[slot] = (this.holders[slot] ?? 0) + 1;
  }

  release(slot: number): void {
    const left = (this.holders[slot] ?? 0) - 1;
    this.holders[slot] = left;
    if (left > 0) return;
    this.free.push(slot);
    this.waiting?.();
    this.waiting = undefined;
  }

  /** Ends the wait for a slot that nobody will release. */
  close(): void {
    this.closed = true;
    this.waiting?.();
  }
}
