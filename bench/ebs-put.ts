/** One contender of bench/ebs.ts: the agent's writer as a program of its own, in one file, as it runs on a worker. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { alignToBlocks, BlockWriter, findExtents, openJournal, putDisk, readOnce } from "../ebs";
import { hashCommand, hashDisk } from "../agent/steps/hash-disk";
import { pack } from "../agent/steps/pack";
import { findCommand, runCommand } from "../agent/machine/processes";

/** `blocks`: holes skipped. `all`: the whole disk is read, and blocks of zeros skipped. `pack`: also hashed and compressed. */
type Mode = "blocks" | "all" | "pack";

async function main(): Promise<void> {
  const [mode, path, endpoint, snapshotId, region] = process.argv.slice(2) as [Mode, string, string, string, string];
  const { size } = await stat(path);
  const whole = [{ start: 0, length: size }];
  const found = await findExtents(
    {
      find: findCommand,
      run: (command, args, timeoutMs) => runCommand(command, args, { timeoutMs }),
      note: (line) => console.error(line),
    },
    path,
    size,
  );
  const extents = mode === "all" ? whole : alignToBlocks(found, size);
  const skip = mode === "all" ? "zeros" : "holes";
  const { signal } = new AbortController();
  const journal = join(__dirname, `journal-${process.pid}`);
  const writer = new BlockWriter({
    place: { region, snapshotId, endpoint, volumeGib: Math.ceil(size / 2 ** 30) },
    journal: await openJournal(journal, snapshotId, path),
    credentials: () =>
      Promise.resolve({
        accessKeyId: process.env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: process.env["AWS_SECRET_ACCESS_KEY"] ?? "",
      }),
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    signal,
    say: (line) => console.error(line),
  });
  const sink = { writers: [writer], skip, onBytes: () => undefined } as const;
  const reading = { from: path, sizeBytes: size, extents, onProgress: () => undefined };
  const through = { from: path, run: runCommand, timeoutMs: 600_000, signal, onProgress: () => undefined };
  const command = await hashCommand(findCommand);
  await Promise.all([
    putDisk((slots, sinks, stop) => readOnce({ ...reading, slots, sinks, signal: stop }), { ...sink, signal }),
    ...(mode === "pack"
      ? [
          pack({ ...through, to: `${journal}.zst`, onStart: () => Promise.resolve() }),
          hashDisk({ ...through, command }),
        ]
      : []),
  ]);
  console.log(JSON.stringify(writer.written()));
  writer.close();
}

void main();
