import { readFile } from "node:fs/promises";
import { type Machine } from "./machine";
import { machinePath } from "./paths";

/** One line of /proc/self/mountinfo, see proc(5). */
interface Mount {
  readonly path: string;
  readonly type: string;
  readonly source: string;
}

export async function mounts(machine: Machine): Promise<Mount[]> {
  const text = await readFile(machinePath(machine, "/proc/self/mountinfo"), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [left = "", right = ""] = line.split(" - ");
      const [type = "", source = ""] = right.split(" ");
      return { path: unescape(left.split(" ")[4] ?? ""), type, source: unescape(source) };
    });
}

/** The mount that is seen at this very path: the last one made there. */
export async function mountAt(machine: Machine, path: string): Promise<Mount | undefined> {
  return (await mounts(machine)).filter((mount) => mount.path === path).at(-1);
}

export async function isMounted(machine: Machine, path: string): Promise<boolean> {
  return (await mountAt(machine, path)) !== undefined;
}

/** The kernel writes spaces and backslashes in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
