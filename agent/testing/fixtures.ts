import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Job } from "../job/job";
import { JobFolder } from "../job/job-folder";
import type { Machine, RunOptions, RunResult } from "../machine/machine";
import { runCommand } from "../machine/processes";
import { curlPut } from "../machine/put";
import type { AgentEvent } from "../../contract/agent-events";
import type { AgentSpec } from "../../contract/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";

/** What a fake command does; what it leaves out succeeds and says nothing. */
export interface FakeResult {
  readonly code?: number | null;
  readonly stdout?: string;
  readonly lines?: readonly string[];
  readonly reason?: string;
}
export type FakeCommand = (
  args: readonly string[],
  options: RunOptions,
) => FakeResult | undefined | Promise<FakeResult | undefined>;

export interface FakeMachine extends Machine {
  /** Each command that ran, as one line. */
  readonly calls: string[];
  readonly installed: Set<string>;
  /** Writes a file of the machine. */
  write(path: string, text: string): Promise<void>;
}

const MEMINFO = "MemTotal:       8388608 kB\nSwapTotal:             0 kB\n";

/** A machine whose files are in a folder, whose commands are functions, and whose clock jumps when one sleeps. */
export async function fakeMachine(commands: Readonly<Record<string, FakeCommand>> = {}): Promise<FakeMachine> {
  const root = await temporaryFolder();
  const calls: string[] = [];
  let slept = 0;
  const run = async (command: string, args: readonly string[], options: RunOptions): Promise<RunResult> => {
    calls.push([command, ...args].join(" "));
    const usual: Record<string, FakeCommand> = {
      uname: () => ({ stdout: "x86_64\n" }),
      sha256sum: (args) => ({ stdout: execFileSync("sha256sum", [...args], { encoding: "utf8" }) }),
      df: () => ({ stdout: "Avail 1B-blocks\n50000000000 100000000000\n" }),
    };
    const result = (await (commands[command] ?? usual[command])?.(args, options)) ?? {};
    for (const line of result.lines ?? []) options.onLine?.(line);
    const { code = 0, stdout = "", lines = [], reason } = result;
    return { code, stdout, tail: lines.slice(-30), ...(reason !== undefined && { reason }) };
  };
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/vda1 rw\n");
  await write("/proc/sys/kernel/random/boot_id", "boot-1\n");
  await write("/proc/meminfo", MEMINFO);
  await write("/proc/swaps", "Filename Type Size\n");
  const installed = new Set(["podman", "zstd", "curl", "tar", "mkfs.ext4", "blkid", "mount", "restorecon", "ip"]);
  return {
    calls,
    installed,
    write,
    run,
    root,
    put: curlPut(runCommand),
    find: (command) => Promise.resolve(installed.has(command)),
    clock: {
      now: () => Date.now() + slept,
      steady: () => performance.now() + slept,
      sleep: async (ms) => {
        slept += ms;
        // Real time passes too: what the test waits for happens outside of this clock.
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    },
    uid: 0,
    self: { node: "node", script: "/opt/agent.js" },
  };
}

export async function makeFolder(spec: AgentSpec): Promise<JobFolder> {
  const folder = new JobFolder(await temporaryFolder());
  await writeFile(join(folder.path, "spec.json"), JSON.stringify(spec));
  await folder.spec();
  return folder;
}

export async function makeJob(machine: Machine, spec: AgentSpec, signal = new AbortController().signal): Promise<Job> {
  return new Job(machine, await makeFolder(spec), spec, signal);
}

export function eventsOf(text: string): AgentEvent[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AgentEvent);
}
