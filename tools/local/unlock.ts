/** After `kill -9` the stack keeps its lock: that of a process which is dead is taken off before the next run. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { localEnvironment } from "./environment";
import { LOCAL, REPOSITORY } from "./places";

/** What the engine writes into a lock file of the file backend. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

export function unlockDead(stack: string, say: (line: string) => void): void {
  const folder = join(LOCAL, "state", ".pulumi", "locks", "organization", "copr-builders", stack);
  const locks = existsSync(folder) ? readdirSync(folder).map((name) => readLock(join(folder, name))) : [];
  // A live one is left for the engine to refuse, by name.
  if (locks.length === 0 || !locks.every(isDead)) return;
  say(`stack ${stack} is locked by process ${locks.map(({ pid }) => pid).join(", ")}, which is dead: unlocking`);
  const { status, error } = spawnSync("pulumi", ["cancel", "--yes", "--stack", stack], {
    cwd: REPOSITORY,
    env: localEnvironment(),
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`"pulumi cancel --stack ${stack}" failed; its message is above`);
}

function readLock(file: string): Lock {
  return JSON.parse(readFileSync(file, "utf8")) as Lock;
}

function isDead({ pid, hostname: host }: Lock): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
