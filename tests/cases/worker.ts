/** A worker whose files are in a folder and whose podman is written by the case; everything else is the agent's own. */
import { systemClock } from "../../agent/machine/clock";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { Job } from "../../agent/job/job";
import { JobFolder } from "../../agent/job/job-folder";
import type { Machine, RunResult } from "../../agent/machine/machine";
import { runCommand } from "../../agent/machine/processes";
import { curlPut } from "../../agent/machine/put";
import type { AgentEvent } from "../../contract/agent-events";
import type { AgentSource, AgentSpec } from "../../contract/agent-spec";
import * as z from "zod";

/** What the worker unpacks and checks with. */
const REAL: readonly string[] = ["tar", "openssl", "sha256sum"];

export interface Said {
  readonly code?: number;
  readonly stdout?: string;
  readonly lines?: readonly string[];
}

export interface Worker {
  readonly job: Job;
  /** podman's calls, in order. */
  readonly calls: readonly (readonly string[])[];
  events(): Promise<AgentEvent[]>;
}

const KEY = "0123456789abcdef".repeat(4);
const event = z.object({
  at: z.string(),
  step: z.enum(["prepare", "build", "disk", "upload", "commit"]),
  text: z.string(),
  output: z.boolean().exactOptional(),
});

/** @param podman what it answers; tar is the real one */
export async function withWorker<T>(
  spec: { readonly source: AgentSource; readonly builder?: AgentSpec["builder"] },
  podman: (args: readonly string[]) => Said | undefined,
  work: (worker: Worker) => Promise<T>,
): Promise<T> {
  const base = mkdtempSync(path.join(tmpdir(), "case-worker-"));
  const [root, folder] = [path.join(base, "root"), path.join(base, "job")];
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const calls: (readonly string[])[] = [];
  const answers: Record<string, (args: readonly string[]) => Said | undefined> = {
    podman: (args) => {
      calls.push(args);
      return podman(args);
    },
    uname: () => ({ stdout: "x86_64\n" }),
    df: () => ({ stdout: "Avail 1B-blocks\n50000000000 100000000000\n" }),
  };
  const machine: Machine = {
    run: async (command, args, options): Promise<RunResult> => {
      if (REAL.includes(command)) return runCommand(command, args, options);
      const { code = 0, stdout = "", lines = [] } = answers[command]?.(args) ?? {};
      for (const line of lines) options.onLine?.(line);
      return { code, stdout, tail: lines.slice(-30) };
    },
    put: curlPut(runCommand),
    clock: systemClock,
    root,
    uid: 0,
    find: () => Promise.resolve(true),
    self: { node: process.execPath, script: "agent.js" },
  };
  const object = (name: string) => ({ object: name, url: `http://127.0.0.1:9/${name}` });
  const whole: AgentSpec = {
    ...{ version: 1, key: KEY, arch: "x86_64", source: spec.source, registries: [] },
    builder: spec.builder ?? { image: "registry.example.org/copr/image-builder:latest", rootfs: "xfs", args: [] },
    uploads: [{ format: "raw.zst", ...object("disk") }],
    ...{ record: object("record"), worker: { platform: "ssh", type: "x" }, needGib: 1, lifetimeMinutes: 10 },
    ownMachine: false,
  };
  try {
    put(path.join(root, "proc/self/mountinfo"), "1 0 8:1 / / rw - ext4 /dev/vda1 rw\n");
    put(path.join(root, "proc/sys/kernel/random/boot_id"), "boot\n");
    put(path.join(folder, "spec.json"), JSON.stringify(whole));
    const jobFolder = new JobFolder(folder);
    await jobFolder.spec();
    const job = new Job(machine, jobFolder, whole, new AbortController().signal);
    mkdirSync(path.join(root, "var/lib/containers"), { recursive: true });
    const { readFile } = await import("node:fs/promises");
    const events = async (): Promise<AgentEvent[]> =>
      (await readFile(jobFolder.eventsPath, "utf8"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => event.parse(JSON.parse(line)));
    return await work({ job, calls, events });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
