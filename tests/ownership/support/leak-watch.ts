/** Looks for texts that must be nowhere while something runs: in files, and in the command lines of all processes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { processTable } from "../../../provider/process-tree";

export interface LeakWatch {
  /** `FILE has NAME`, for each file or command line that had one at any time. */
  leaks(): readonly string[];
  /** How many files that this is true of were looked at. */
  seen(is: (file: Looked) => boolean): number;
  /** Looks once more, and no longer. */
  stop(): void;
}

export interface Looked {
  readonly name: string;
  readonly text: string;
}

const EVERY_MS = 300;

/**
 * @param folders all that is in them
 * @param planted by name
 */
export function watchForLeaks(folders: readonly string[], planted: Readonly<Record<string, string>>): LeakWatch {
  const leaks = new Set<string>();
  const texts = new Map<string, string>();
  const look = (): void => {
    for (const { name, text } of [...folders.flatMap(filesIn), ...commandLines()]) {
      for (const [what, secret] of Object.entries(planted)) if (text.includes(secret)) leaks.add(`${name} has ${what}`);
      texts.set(name, text);
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    leaks: () => [...leaks],
    seen: (is) => [...texts].filter(([name, text]) => is({ name, text })).length,
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}

function filesIn(folder: string): Looked[] {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.flatMap(({ parentPath, name }) => read(join(parentPath, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // a folder in it has gone meanwhile
    throw error;
  }
}

function commandLines(): Looked[] {
  return [...processTable().values()].map(({ pid, command }) => ({ name: `/proc/${pid}/cmdline`, text: command }));
}

/** Nothing of what has gone meanwhile. */
function read(file: string): Looked[] {
  try {
    return [{ name: file, text: readFileSync(file, "latin1") }];
  } catch {
    return [];
  }
}
