import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Gives a stream's lines one at a time, undefined at its end. Nothing is read before the first is asked for. */
export function lineReader(input: Readable): () => Promise<string | undefined> {
  let lines: AsyncIterator<string> | undefined;
  return async () => {
    lines ??= createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
}
