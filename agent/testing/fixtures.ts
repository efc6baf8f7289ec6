import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { Job } from "../job/job";
import { JobFolder } from "../job/job-folder";
import type { Machine, RunOptions, RunResult } from "../machine/machine";
import { runCommand } from "../machine/processes";
import { curlPut } from "../machine/put";
import type { AgentEvent, AgentSpec } from "../../contract/agent-spec";

export const KEY = "0123456789abcdef".repeat(4);
/** Looks like what S3 signs; must never be seen outside of spec.json. */
export const SIGNATURE = "5ecre7".padEnd(64, "f00d");
export const presigned = (base: string, object: string): string =>
  `${base}/builders/${object}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=${SIGNATURE}`;

export function makeSpec(change: Partial<AgentSpec> = {}, store = "http://127.0.0.1:9"): AgentSpec {
  return {
    version: 1,
    key: KEY,
    arch: "x86_64",
    source: { kind: "image", reference: `registry.example/builder@sha256:${"a".repeat(64)}` },
    registries: [],
    builder: { image: "registry.example/image-builder:latest", rootfs: "ext4", args: [] },
    uploads: [{ format: "raw.zst", object: "disks/local/x.raw.zst", url: presigned(store, "disks/local/x.raw.zst") }],
    record: { object: "builds/local/x.json", url: presigned(store, "builds/local/x.json") },
    worker: { platform: "ssh", type: "builder.example" },
    needGib: 1,
    lifetimeMinutes: 10,
    ownMachine: false,
    ...change,
  };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "agent-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

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
  const installed = new Set(["podman", "zstd", "curl", "tar", "mkfs.ext4", "blkid", "mount", "restorecon"]);
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
