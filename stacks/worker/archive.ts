/** The build context on its way to a worker: a tar file in a folder of our own, removed when this program ends. */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import * as path from "node:path";
import type { JobContext, JobSource } from "../../components/jobs";
import { ContextChangedError, forgetDigests, packContext, type PackedContext } from "../../model/source";

const HOUR_MS = 60 * 60_000;
const NAME = /^copr-builders-[0-9a-f]{8}-(\d+)-\w{6}$/;

export interface ContextArchive extends PackedContext {
  /** Path here. */
  readonly file: string;
}

/**
 * @param cache what the run took the digests of unchanged files from
 * @throws ContextChangedError where the folder does not hold any more what the build key was made from
 */
export async function archive(source: JobSource, key: string, cache?: string): Promise<ContextArchive | undefined> {
  if (source.kind === "image") return undefined;
  removeLeftOvers();
  // Others may write to the temporary folder: neither the name nor what is under it is theirs to choose.
  const folder = mkdtempSync(path.join(tmpdir(), `copr-builders-${key.slice(0, 8)}-${process.pid}-`));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, "context.tar");
  const contexts = Object.entries(source.contexts ?? {}).filter(isFolder);
  const { folder: from, context, containerfile } = source;
  try {
    return { file, ...(await packContext(from, file, context, containerfile, Object.fromEntries(contexts))) };
  } catch (error) {
    // Perhaps nothing has changed since, and what was known of a file was wrong: the next run reads all of them.
    if (error instanceof ContextChangedError && cache !== undefined) await forgetDigests(cache);
    throw error;
  }
}

function isFolder(entry: [string, JobContext]): entry is [string, JobContext & { kind: "folder" }] {
  return entry[1].kind === "folder";
}

/** Those of killed programs. The hour is for programs of another container with the same temporary folder. */
function removeLeftOvers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const left = path.join(tmpdir(), name);
    try {
      const { mtimeMs, uid } = lstatSync(left);
      if (uid === userInfo().uid && mtimeMs < Date.now() - HOUR_MS) rmSync(left, { recursive: true });
    } catch {
      // Gone by now.
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
