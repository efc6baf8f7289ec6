/** The build context on its way to a worker: a tar file in the temporary folder, removed when this program ends. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { JobSource } from "../../components/jobs";
import { packContext } from "../../components/source";

const HOUR_MS = 60 * 60_000;
const NAME = /^copr-builders-[0-9a-f]{8}-(\d+)\.tar$/;

export async function archive(source: JobSource, key: string): Promise<string | undefined> {
  if (source.kind === "image") return undefined;
  removeLeftOvers();
  const file = path.join(tmpdir(), `copr-builders-${key.slice(0, 8)}-${process.pid}.tar`);
  process.once("exit", () => {
    rmSync(file, { force: true });
  });
  await packContext(source.folder, file, source.containerfile);
  return file;
}

/** Those of killed programs. The hour is for programs of another container with the same temporary folder. */
function removeLeftOvers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const left = path.join(tmpdir(), name);
    try {
      if (statSync(left).mtimeMs < Date.now() - HOUR_MS) rmSync(left);
    } catch {
      // Somebody else's, or gone by now.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
