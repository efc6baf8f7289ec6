import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { StepError } from "./job";
import type { Run } from "./machine";
import { CommandError } from "./processes";
import { readPosition } from "./read-position";
import { whileRunning } from "./while-running";

/** A raw disk compressed, and what was learned on the way. */
export interface Packed {
  /** sha256 of the raw disk, holes as zeros, hex. */
  readonly diskSha256: string;
  /** Of the compressed file. */
  readonly sizeBytes: number;
  /** Of the compressed file, base64: the header Content-MD5. */
  readonly md5: string;
}

export interface PackOptions {
  readonly from: string;
  readonly to: string;
  /** Prints the sha256 of the file that is its last argument, in hex, and a space. @default sha256sum */
  readonly hash?: readonly [string, ...string[]];
  readonly run: Run;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told of the command that writes: whoever comes after a killed agent ends it first. */
  readonly onStart: (pid: number) => Promise<void>;
  /** Bytes of the raw disk that are done. */
  readonly onProgress: (bytes: number) => void;
}

/** Takes the checksum of a disk and compresses it, side by side: what one of them reads, the page cache gives the other. */
export async function pack({ from, to, onProgress, ...options }: PackOptions): Promise<Packed> {
  const [hash, ...hashArgs] = options.hash ?? ["sha256sum"];
  const positions = new Map<string, () => Promise<number | undefined>>();
  const must = async (command: string, args: readonly string[], onStart?: PackOptions["onStart"]): Promise<string> => {
    let told: Promise<void> | undefined;
    const result = await options.run(command, args, {
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      onStart: (pid) => {
        positions.set(command, () => readPosition(pid, from));
        told = onStart?.(pid);
      },
    });
    positions.delete(command);
    await told;
    options.signal.throwIfAborted();
    if (result.code === 0) return result.stdout;
    throw new StepError(new CommandError(command, result).message, { tail: result.tail });
  };
  const working = Promise.allSettled([
    must(hash, [...hashArgs, from]),
    must("zstd", ["-1", "-T0", "-q", "-f", from, "-o", to], options.onStart),
  ]);
  const look = async (): Promise<void> => {
    const read = await Promise.all([...positions.values()].map((position) => position()));
    if (read.length > 0) onProgress(Math.min(...read.map((bytes) => bytes ?? 0)));
  };
  const [hashed, compressed] = await whileRunning(working, look, pause);
  // Neither is left running when the other has failed.
  if (hashed.status === "rejected") throw hashed.reason;
  if (compressed.status === "rejected") throw compressed.reason;
  const { size } = await stat(to);
  const md5 = Buffer.from(firstWord(await must("md5sum", [to])), "hex").toString("base64");
  return { diskSha256: firstWord(hashed.value), sizeBytes: size, md5 };
}

const firstWord = (text: string): string => text.split(" ", 1)[0] ?? "";
