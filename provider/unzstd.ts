/** A zstd stream unpacked on its way, by the program `zstd` of this machine. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * @param what names the stream in errors
 * @throws what broke the stream; or that it is not zstd, or not all of it
 */
export async function* unzstd(compressed: Readable, what: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const zstd = spawn("zstd", ["-dcq"], { stdio: ["pipe", "pipe", "pipe"], signal, killSignal: "SIGKILL" });
  let said = "";
  zstd.stderr.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-500)));
  const ended = new Promise<void>((resolve, reject) => {
    zstd.on("error", (cause) => reject(new Error("zstd can't be run on this machine: install it", { cause })));
    zstd.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${what} is not a whole zstd stream: ${said}`)),
    );
  });
  ended.catch(() => undefined);
  const fed = pipeline(compressed, zstd.stdin);
  fed.catch(() => zstd.kill("SIGKILL"));
  try {
    yield* zstd.stdout as AsyncIterable<Buffer>;
    // What broke the download says more than what zstd says of half a stream.
    await fed.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
    await ended;
  } finally {
    zstd.kill("SIGKILL");
  }
}
