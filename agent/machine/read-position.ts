import { readdir, readFile, readlink } from "node:fs/promises";

/** How far a process has read a file, bytes; undefined if it has not opened it, or has ended. Source: proc(5), fdinfo. */
export async function readPosition(pid: number, file: string): Promise<number | undefined> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`)) !== file) continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, "utf8");
      return Number(/^pos:\s*(\d+)/m.exec(info)?.[1]);
    }
  } catch {
    // It ended while it was looked at.
  }
  return undefined;
}
