/** What takes long to make is made once for each state of what it is made from. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";

export interface OnceArgs {
  /** Where it is kept, alone: what was made of an earlier state goes. */
  readonly within: string;
  /** Files and folders that it is made from. */
  readonly sources: readonly string[];
  /** Whatever else decides what comes out. */
  readonly also?: readonly string[];
  /** Makes it in a folder; what an interrupted one left is not seen. */
  readonly make: (folder: string) => Promise<void>;
}

/** @returns the folder with what was made, named after the state of its sources */
export async function madeOnce({ within, sources, also = [], make }: OnceArgs): Promise<string> {
  const state = createHash("sha256")
    .update([hashOf(sources), ...also].join("\0"))
    .digest("hex");
  const folder = join(within, state.slice(0, 16));
  if (existsSync(folder)) return folder;
  rmSync(within, { recursive: true, force: true });
  const unfinished = `${folder}.new`;
  mkdirSync(unfinished, { recursive: true });
  await make(unfinished);
  renameSync(unfinished, folder);
  return folder;
}

/** Names, modes and contents of all files below the folders; tests beside them decide nothing. */
export function hashOf(folders: readonly string[]): string {
  const hash = createHash("sha256");
  const visit = (root: string, path: string): void => {
    if (path.endsWith(".test.ts") || basename(path) === "__pycache__") return;
    const stat = lstatSync(path);
    hash.update(`${relative(root, path)}\0${stat.mode.toString(8)}\0`);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(root, join(path, name));
    else if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
    else hash.update(createHash("sha256").update(readFileSync(path)).digest());
  };
  for (const folder of folders) visit(join(folder, ".."), folder);
  return hash.digest("hex");
}
