import { stat } from "node:fs/promises";
import { firstWord, readThrough } from "./read-through";
import type { ReadThroughOptions } from "../machine/watched";

/** A raw disk compressed. */
export interface Packed {
  readonly sizeBytes: number;
  /** base64: the header Content-MD5. */
  readonly md5: string;
}

export interface PackOptions extends ReadThroughOptions {
  readonly to: string;
  /** Told of the command that writes: whoever comes after a killed agent ends it first. */
  readonly onStart: (pid: number) => Promise<void>;
}

export async function pack({ to, ...reading }: PackOptions): Promise<Packed> {
  await readThrough(["zstd", "-1", "-T0", "-q", "-f", reading.from, "-o", to], reading);
  const { size } = await stat(to);
  const { run, timeoutMs, signal } = reading;
  const hashed = await readThrough(["md5sum", to], { from: to, run, timeoutMs, signal, onProgress: () => undefined });
  return { sizeBytes: size, md5: Buffer.from(firstWord(hashed), "hex").toString("base64") };
}
