import { stat } from "node:fs/promises";
import { StepError } from "./job";
import { CommandError } from "./processes";
import { firstWord, readThrough, type ReadThroughOptions } from "./read-through";

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
  const { timeoutMs, signal } = reading;
  const hashed = await reading.run("md5sum", [to], { timeoutMs, signal });
  signal.throwIfAborted();
  if (hashed.code !== 0) throw new StepError(new CommandError("md5sum", hashed).message, { tail: hashed.tail });
  return { sizeBytes: size, md5: Buffer.from(firstWord(hashed.stdout), "hex").toString("base64") };
}
