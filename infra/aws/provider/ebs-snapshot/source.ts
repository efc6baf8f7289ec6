/** The bytes of a disk on their way into memory: from a file, or from behind an URL. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { alignToBlocks, type ExtentTools, type Feed, findExtents, readOnce, SLOT_BYTES } from "../../../../ebs";
import { GIB } from "../../../../contract/sizes";
import { download, probe, shownUrl } from "../../../../provider/download";
import type { Run } from "../../../../provider/process";
import { unzstd } from "../../../../provider/unzstd";
import type { Args, FileSource, UrlSource } from "./args";

export interface OpenedSource {
  /** Bytes of the raw disk; undefined where only reading tells. */
  readonly sizeBytes: number | undefined;
  /** Changes with the content, as far as that can be seen without reading it. */
  readonly version: string;
  readonly feed: Feed;
}

const LONGEST_LOOK_MS = 10 * 60_000;

export async function openFile({ file }: FileSource, run: Run, note: (line: string) => void): Promise<OpenedSource> {
  const { size, mtimeMs } = await stat(file).catch((cause: unknown) => {
    throw new Error(`source.file "${file}" can't be read`, { cause });
  });
  if (size === 0) throw new Error(`source.file "${file}" is empty, or no regular file`);
  return {
    sizeBytes: size,
    version: `${size} ${mtimeMs}`,
    feed: async (slots, sinks, signal) => {
      const extents = alignToBlocks(await findExtents(tools(run, note), file, size), size);
      await readOnce({ from: file, sizeBytes: size, extents, slots, sinks, signal, onProgress: () => undefined });
    },
  };
}

/**
 * A stream has no holes: all of it is data.
 * @param volumeGib what is unpacked to more is refused
 */
export async function openUrl(
  { url, compression }: UrlSource,
  signal: AbortSignal,
  volumeGib = Infinity,
): Promise<OpenedSource> {
  const found = await probe(url, signal);
  return {
    sizeBytes: compression === "none" ? found.sizeBytes : undefined,
    version: `${found.sizeBytes} ${found.version}`,
    feed: async (slots, sinks, stop) => {
      const bytes = Readable.from(download(url, found, stop), { objectMode: false });
      const raw = compression === "none" ? bytes : unzstd(bytes, shownUrl(url), stop);
      let slot = await slots.take();
      let filled = 0;
      let at = 0;
      const give = (): void => {
        for (const sink of sinks) sink.data(slot, filled, at);
        slots.release(slot);
        at += filled;
        filled = 0;
      };
      for await (const chunk of raw as AsyncIterable<Buffer>) {
        if (at + filled + chunk.length > volumeGib * GIB)
          throw new Error(`the disk at ${shownUrl(url)} is more than the ${volumeGib} GiB of its volume`);
        for (let done = 0; done < chunk.length;) {
          stop.throwIfAborted();
          const bytes = chunk.copy(slots.view(slot), filled, done, done + SLOT_BYTES - filled);
          filled += bytes;
          done += bytes;
          if (filled < SLOT_BYTES) continue;
          give();
          slot = await slots.take();
        }
      }
      give();
      for (const sink of sinks) sink.end(at);
    },
  };
}

export const openSource = (
  source: Exclude<Args["source"], { blocks: unknown }>,
  { run, stop, volumeGib }: { readonly run: Run; readonly stop: AbortSignal; readonly volumeGib: number | undefined },
) => ("file" in source ? openFile(source, run, () => undefined) : openUrl(source, stop, volumeGib));

function tools(run: Run, note: (line: string) => void): ExtentTools {
  return {
    find: async (command) => {
      for (const folder of (process.env.PATH ?? "").split(delimiter)) {
        if (await isProgram(join(folder, command))) return true;
      }
      return false;
    },
    run: (command, args) =>
      run(command, args, { stops: [{ when: AbortSignal.timeout(LONGEST_LOOK_MS), graceSeconds: 1 }] }),
    note,
  };
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
