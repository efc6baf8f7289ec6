import { BlockSink, type BlockSinkOptions, BLOCK_SLOTS } from "./sink";
import type { Sink } from "./read-once";
import { Slots } from "./slots";

/** Reads a disk from wherever it is and gives it to the sinks. */
export type Feed = (slots: Slots, sinks: readonly Sink[], signal: AbortSignal) => Promise<void>;

/**
 * Puts a disk into snapshots and does nothing else with it. Whichever fails first, the reading or a block, ends the
 * other.
 */
export async function putDisk(
  feed: Feed,
  options: Omit<BlockSinkOptions, "slots"> & { readonly signal: AbortSignal },
): Promise<void> {
  options.signal.throwIfAborted();
  const slots = new Slots(BLOCK_SLOTS);
  const sink = new BlockSink({ ...options, slots });
  const ended = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(options.signal.reason as Error);
    options.signal.addEventListener("abort", stop, { once: true, signal: ended.signal });
  });
  const fed = feed(slots, [sink], ended.signal);
  try {
    await Promise.race([Promise.all([fed, sink.done]), stopped]);
  } finally {
    ended.abort();
    slots.close();
    await sink.stop();
    await fed.catch(() => undefined);
  }
}
