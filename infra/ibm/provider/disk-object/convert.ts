/** The disk of the store as a compressed qcow2 file: written into a file with holes, checked, converted. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "../../../../provider/process";

export interface Conversion {
  /** Bytes of the raw disk in the store. */
  readonly disk: AsyncIterable<Buffer>;
  /** Of the raw disk. */
  readonly sizeBytes: number;
  readonly sha256: string;
  /** An empty folder, with space for the data of the disk twice. */
  readonly folder: string;
  readonly run: Run;
  readonly stop: AbortSignal;
  readonly status: (text: string) => void;
}

export interface Converted {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** @throws Error where the store has another disk, or a program of this machine fails */
export async function convert(conversion: Conversion): Promise<Converted> {
  const { folder, sha256, run, stop, status } = conversion;
  const raw = join(folder, "disk.raw");
  const file = join(folder, "disk.qcow2");
  const found = await unpack(conversion, raw);
  if (found !== sha256) throw new Error(`the disk in the store has the sha256 ${found}, not ${sha256}: it is not used`);
  status("converting to qcow2");
  const { code, stderr } = await run("qemu-img", ["convert", "-c", "-f", "raw", "-O", "qcow2", raw, file], {
    stops: [{ when: stop, graceSeconds: "none" }],
  });
  stop.throwIfAborted();
  if (code !== 0) throw new Error(`qemu-img convert failed: ${stderr.trim().slice(-500)}`);
  await rm(raw);
  const { size } = await stat(file);
  return { file, sizeBytes: size, sha256: await sha256Of(file) };
}

const BLOCK = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK);
const STEP = 256 * 2 ** 20;

/** Blocks of zeros become holes: the file takes no more than its data. @returns sha256 of it, hex */
async function unpack({ disk, sizeBytes, status }: Conversion, raw: string): Promise<string> {
  const hash = createHash("sha256");
  const to = await open(raw, "w");
  let at = 0;
  let told = 0;
  try {
    for await (const chunk of disk) {
      // What is packed small may be far more than the folder has room for.
      if (at + chunk.length > sizeBytes) throw new Error(`the disk in the store has more than ${sizeBytes} bytes`);
      hash.update(chunk);
      await writeData(to, chunk, at);
      at += chunk.length;
      if (at - told < STEP) continue;
      told = at;
      status(`reading ${gigabytes(at)}/${gigabytes(sizeBytes)} GB from the store`);
    }
    if (at !== sizeBytes) throw new Error(`the disk in the store has ${at} bytes, not ${sizeBytes}`);
    await to.truncate(sizeBytes);
  } finally {
    await to.close();
  }
  return hash.digest("hex");
}

async function writeData(to: FileHandle, chunk: Buffer, at: number): Promise<void> {
  for (let done = 0; done < chunk.length; done += BLOCK) {
    const block = chunk.subarray(done, done + BLOCK);
    if (block.equals(ZEROS.subarray(0, block.length))) continue;
    await to.write(block, 0, block.length, at + done);
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}

export function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
