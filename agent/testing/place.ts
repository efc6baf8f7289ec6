/** For tests: the real agent as real processes; only podman is a script. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { machine as machineName } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { bundleEntry } from "../bundle";
import type { AgentSpec } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { leastDisk } from "./least-disk";
import { TestStore } from "./store";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A machine with one job. */
export class Place {
  readonly said: string[] = [];
  private constructor(
    readonly root: string,
    readonly folder: string,
    readonly store: TestStore,
  ) {}

  static async make(): Promise<Place> {
    const base = await temporaryFolder();
    const place = new Place(join(base, "root"), join(base, "job"), await TestStore.start());
    for (const path of ["state", "bin", "job", "root/proc/sys/kernel/random", "root/proc/self", "context"])
      await mkdir(join(base, path), { recursive: true });
    await writeFile(join(base, "agent.js"), await bundleEntry("testing/entry.ts"));
    await cp(join(__dirname, "podman"), join(base, "bin/podman"));
    await writeFile(join(base, "state/least-disk"), leastDisk("BIOS"));
    await writeFile(join(place.root, "proc/sys/kernel/random/boot_id"), "boot\n");
    await writeFile(join(place.root, "proc/self/mountinfo"), "");
    await writeFile(join(base, "context/Containerfile"), "FROM scratch\n");
    execFileSync("tar", ["-c", "-f", join(base, "context.tar"), "-C", join(base, "context"), "."]);
    await place.writeSpec();
    onTestFinished(() => place.kill());
    return place;
  }

  path(...parts: string[]): string {
    return join(this.root, "..", ...parts);
  }

  async writeSpec(change: Partial<AgentSpec> = {}): Promise<void> {
    const archive = this.path("context.tar");
    const sha256 = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    const source = {
      kind: "context",
      archive,
      sha256,
      containerfile: "Containerfile",
      buildArgs: {},
      pins: {},
    } as const;
    const spec = makeSpec({ arch: machineName(), source, needGib: 0.1, ...change }, this.store.url);
    await writeFile(join(this.folder, "spec.json"), JSON.stringify(spec));
  }

  agent(...args: string[]): Promise<Ended> {
    const PATH = `${this.path("bin")}:${process.env["PATH"] ?? ""}`;
    const env = { ...process.env, PATH, AGENT_TEST_ROOT: this.root, STATE: this.path("state"), KEY };
    return new Promise((resolve) => {
      execFile(process.execPath, [this.path("agent.js"), ...args], { env, timeout: 60_000 }, (error, out, err) => {
        this.said.push(out, err);
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
      });
    });
  }

  start = (): Promise<Ended> => this.agent("start", this.folder);
  follow = (...more: string[]): Promise<Ended> => this.agent("follow", this.folder, ...more);
  hold = (word: string): Promise<void> => writeFile(this.path("state", `wait-${word}`), "");
  release = (word: string): Promise<void> => rm(this.path("state", `wait-${word}`));

  async calls(start: string): Promise<number> {
    const text = await readFile(this.path("state/calls"), "utf8").catch(() => "");
    return text.split("\n").filter((line) => line.startsWith(start)).length;
  }

  /** As a power cut for the agent alone: what it started runs on. */
  async kill(): Promise<void> {
    const owner = await readFile(join(this.folder, "run.json"), "utf8").catch(() => undefined);
    if (owner === undefined) return;
    const { pid } = JSON.parse(owner) as { pid: number };
    if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGKILL");
  }

  record(): CommitRecord {
    const text = this.store.objects.get("builders/builds/local/x.json")?.toString("utf8");
    return JSON.parse(text ?? "null") as CommitRecord;
  }
}

/** Waits for what happens in another process. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds());) {
    if (Date.now() > end) expect.fail(`waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Everything that the agent wrote anywhere but the spec that it was given. */
export async function writings(place: Place): Promise<string> {
  const texts = [...place.said];
  const look = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await look(path);
      else if (entry.isFile() && entry.name !== "spec.json" && !/\.(raw|zst|tar|js)$/.test(entry.name))
        texts.push(await readFile(path, "utf8"));
    }
  };
  await look(place.path());
  return texts.join("\n");
}
