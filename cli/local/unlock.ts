/** After `kill -9` the stack keeps its lock: that of a process which is dead is taken off before the next run. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isEngine } from "../../provider/ephemeral-stack/lock";
import { processTable, type ProcessTable } from "../../provider/process-tree";
import { localEnvironment } from "./environment";
import { LOCAL, REPOSITORY } from "./places";

/** What the engine writes into a lock file of the file backend. */
const lockSchema = z.object({ pid: z.int(), username: z.string(), hostname: z.string() });

export interface UnlockOptions {
  readonly stack: string;
  readonly say: (line: string) => void;
  /** Where the engine keeps the locks of this stack. */
  readonly folder?: string;
  /** @default that of the local services */
  readonly environment?: NodeJS.ProcessEnv;
  /** Folder of the project. @default this repository */
  readonly project?: string;
  readonly host?: string;
  readonly processes?: () => ProcessTable;
}

export function unlockDead(options: UnlockOptions): void {
  const { stack, say, environment = localEnvironment(), project = REPOSITORY, host = hostname() } = options;
  const { folder = join(LOCAL, "state", ".pulumi", "locks", "organization", "copr-builders", stack) } = options;
  const table = (options.processes ?? processTable)();
  // Beside each lock the backend keeps a file with its attributes.
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  const locks = files.map((name) => readLock(join(folder, name)));
  if (locks.length === 0) return;
  const remedy = `if nothing runs there, "pulumi cancel --yes --stack ${stack}" takes the lock off`;
  // Whoever holds one of them may work on the stack: the engine then refuses, and this says why.
  const held = locks.flatMap((lock) => {
    if (typeof lock === "string") return [`${lock}, which names no process`];
    if (lock.hostname !== host)
      return [`process ${String(lock.pid)} of ${lock.username}@${lock.hostname}, another host`];
    const owner = table.get(lock.pid);
    return owner !== undefined && isEngine(owner) ? [`process ${String(lock.pid)}, which runs`] : [];
  });
  if (held.length > 0) {
    say(`stack ${stack} stays locked by ${held.join(" and ")}; ${remedy}`);
    return;
  }
  const dead = locks.flatMap((lock) => (typeof lock === "string" ? [] : [String(lock.pid)]));
  say(`stack ${stack} is locked by process ${dead.join(", ")}, which is dead: unlocking`);
  const { status, error } = spawnSync("pulumi", ["cancel", "--yes", "--stack", stack], {
    cwd: project,
    env: environment,
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`"pulumi cancel --stack ${stack}" failed; its message is above`);
}

/** @returns the file's name where it is half written, or not ours to understand */
function readLock(file: string): z.infer<typeof lockSchema> | string {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return file;
  }
}
