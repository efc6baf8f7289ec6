/** The machine's processes: who started whom, and is a number still the same program. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Its command line, words separated by blanks. */
  readonly command: string;
}

export type ProcessTable = ReadonlyMap<number, ProcessInfo>;

export function processTable(): ProcessTable {
  const all = existsSync("/proc/self/stat") ? fromProc() : fromPs();
  return new Map(all.map((info) => [info.pid, info]));
}

/** A process and everything below it, the deepest last. */
export function treeOf(root: number | undefined, table: ProcessTable = processTable()): readonly number[] {
  if (root === undefined) return [];
  const children = [...table.values()].filter(({ parent }) => parent === root);
  return [root, ...children.flatMap(({ pid }) => treeOf(pid, table))];
}

function fromProc(): ProcessInfo[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name in brackets may hold blanks and brackets itself: fields are counted from the last one.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

function fromPs(): ProcessInfo[] {
  const text = execFileSync("ps", ["-A", "-o", "pid=,ppid=,command="], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command: command ?? "" }];
  });
}
