/** The engine's cancel (Ctrl-C) as an AbortSignal that ends waits and running commands. */

export class CancelledError extends Error {
  constructor(what: string) {
    super(`cancelled: ${what}`);
    this.name = "CancelledError";
  }
}

/** Waits, or ends at once with a CancelledError. */
export async function sleep(milliseconds: number, signal: AbortSignal, what: string): Promise<void> {
  if (signal.aborted) throw new CancelledError(what);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(new CancelledError(what));
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** The operations that run now; `cancelAll` ends them. */
export class Operations {
  private readonly running = new Set<AbortController>();

  async run<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.running.add(controller);
    try {
      return await operation(controller.signal);
    } finally {
      this.running.delete(controller);
    }
  }

  cancelAll(): void {
    for (const controller of this.running) controller.abort();
  }
}
