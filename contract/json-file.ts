/** A JSON file that one process writes and another reads, or the same one after a restart: whole, or not there. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Reads a JSON file that this program wrote; undefined if there is none. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${path} cannot be read; remove it and start again`, { cause });
  }
}

/** Writes a JSON file whole or not at all; `durable` ones outlive a power loss. */
export async function writeJson(path: string, value: unknown, durable = false): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Two processes may write the same file (start and run both name the owner): each its own draft.
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
