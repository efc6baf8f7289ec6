import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { machine as machineName } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { bundleAgent, bundleEntry } from "./bundle";
import { killGroup } from "./processes";
import type { AgentSpec, CommitRecord } from "./spec";
import { KEY, makeSpec, SIGNATURE, temporaryFolder } from "./testing/fixtures";
import { type Behaviour, TestStore } from "./testing/store";

/** The real agent as real processes, killed in the middle; only podman is a script. */
let script = "";
beforeAll(async () => {
  script = await bundleEntry("testing/entry.ts");
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

class Place {
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
    await writeFile(join(base, "agent.js"), script);
    await cp(join(__dirname, "testing/podman"), join(base, "bin/podman"));
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
    const source = { kind: "context", archive, containerfile: "Containerfile", buildArgs: {}, pins: {} } as const;
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

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds());) {
    if (Date.now() > end) expect.fail(`waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Everything that the agent wrote anywhere but the spec that it was given. */
async function writings(place: Place): Promise<string> {
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

test("builds, packs, stores and commits; started again it answers at once; no signature is seen anywhere", async () => {
  const place = await Place.make();
  place.store.next.push(503, 500);
  expect(await place.start()).toMatchObject({ code: 0, out: "started\n" });
  const { code, out, err } = await place.follow();
  expect(err.split("\n")).toContain("commit");
  expect(code).toBe(0);
  const record = place.record();
  expect(out.trim().split("\n")).toEqual([JSON.stringify(record)]);

  const stored = place.store.objects.get("builders/disks/local/x.raw.zst") ?? Buffer.alloc(0);
  const disk = execFileSync("zstd", ["-dc"], { input: stored, maxBuffer: 2 ** 30 });
  expect(record).toMatchObject({ version: 1, key: KEY, arch: machineName(), imageDigest: "sha256:dd" });
  expect(record.disk.sizeBytes).toBe(40 * 1024 * 1024);
  expect(record.disk.dataBytes).toBeLessThan(4_000_000);
  expect(record.disk.sha256).toBe(createHash("sha256").update(disk).digest("hex"));
  const sha256 = createHash("sha256").update(stored).digest("hex");
  expect(record.objects).toEqual({ "raw.zst": { object: "disks/local/x.raw.zst", sizeBytes: stored.length, sha256 } });
  expect(place.store.puts.at(-1)?.path).toBe("builders/builds/local/x.json");

  expect(await place.start()).toMatchObject({ code: 0, out: "done\n" });
  expect((await place.follow("--from-offset", "100000000")).err).toBe("");
  expect(await place.calls("run")).toBe(1);
  expect(await writings(place)).not.toContain(SIGNATURE);
});

const kills: {
  at: string;
  hold?: string;
  when: string;
  next?: Behaviour[];
  builds: number;
  disks: number;
  puts: number;
}[] = [
  { at: "the build", hold: "build", when: "build --cap-add", builds: 2, disks: 1, puts: 2 },
  { at: "the disk", hold: "run", when: "run", builds: 1, disks: 2, puts: 2 },
  { at: "the upload", when: "disks/", next: ["hang"], builds: 1, disks: 1, puts: 3 },
  { at: "the commit", when: "builds/", next: [200, "hang"], builds: 1, disks: 1, puts: 3 },
];

test.each(kills)(
  "killed in $at, then started again: it goes on from there",
  async ({ hold, when, next, ...expected }) => {
    const place = await Place.make();
    if (hold !== undefined) await place.hold(hold);
    place.store.next.push(...(next ?? []));
    await place.start();
    const reached = async (): Promise<boolean> =>
      (await place.calls(when)) > 0 || place.store.puts.some(({ path }) => path.includes(`/${when}`));
    await until(when, reached);
    // Long enough for the child to be noted.
    await until("child", () => existsSync(join(place.folder, "child.json")));
    await place.kill();
    expect(await place.follow()).toMatchObject({ code: 2, out: "" });
    const child = JSON.parse(await readFile(join(place.folder, "child.json"), "utf8")) as { pid: number };
    if (hold !== undefined) expect(existsSync(`/proc/${child.pid}`)).toBe(true);

    expect((await place.start()).out).toBe("started\n");
    if (hold !== undefined) {
      await until("the left-over command is ended", () => !existsSync(`/proc/${child.pid}`));
      await place.release(hold);
    }
    expect((await place.follow()).code).toBe(0);
    const counts = {
      builds: await place.calls("build --cap-add"),
      disks: await place.calls("run"),
      puts: place.store.puts.length,
    };
    const { builds, disks, puts } = expected;
    expect(counts).toEqual({ builds, disks, puts });
    expect(existsSync(place.path("root/var/lib/containers/copr-builders", KEY, "output"))).toBe(false);
  },
);

test("a Containerfile that fails is built once, however often it is started; cleaning leaves nothing", async () => {
  const place = await Place.make();
  await writeFile(place.path("state/broken"), "");
  await place.start();
  const first = await place.follow();
  expect(first.code).toBe(1);
  expect(first.err).toContain(
    "build failed: the Containerfile does not build: STEP 1/2: FROM scratch: exit status 1\n",
  );
  expect(first.err).toContain('Error: building at STEP "RUN false": exit status 1');
  expect((await place.start()).out).toBe("failed\n");
  expect((await place.follow()).code).toBe(1);
  expect(await place.calls("build --cap-add")).toBe(1);

  expect(await place.agent("clean", place.folder)).toMatchObject({ code: 0, err: "" });
  expect(existsSync(place.folder)).toBe(false);
  expect(await readdir(place.path("root/var/lib/containers/copr-builders"))).toEqual([]);
  expect(await place.agent("clean", place.folder)).toMatchObject({ code: 0 });
});

test("a store that refuses: the error says so; with fresh URLs the stored disk is not built again", async () => {
  const place = await Place.make();
  place.store.next.push(403);
  await place.start();
  const refused = await place.follow();
  expect(refused.err).toContain("upload failed: disks/local/x.raw.zst: ");
  expect(refused.err).toContain("answered 403 TestCode");
  expect((await place.start()).out).toBe("started\n");
  expect((await place.follow()).code).toBe(0);
  expect(await place.calls("run")).toBe(1);
  expect(await writings(place)).not.toContain(SIGNATURE);
});

test("cleaning ends what runs, with what it started; what cannot be removed is named", async () => {
  const place = await Place.make();
  await place.hold("build");
  await place.start();
  await until("child", () => existsSync(join(place.folder, "child.json")));
  await until("podman", async () => (await place.calls("build")) > 0);
  const child = JSON.parse(await readFile(join(place.folder, "child.json"), "utf8")) as { pid: number };
  onTestFinished(() => killGroup(child.pid, "SIGKILL"));
  await writeFile(place.path("bin/podman"), "#!/bin/sh\necho 'storage is locked' >&2\nexit 1\n");
  const { code, err } = await place.agent("clean", place.folder);
  expect(code).toBe(1);
  expect(err).toMatch(/^left behind: container copr-builder-disk-01234567: storage is locked$/m);
  expect(existsSync(`/proc/${child.pid}`)).toBe(false);
  await cp(join(__dirname, "testing/podman"), place.path("bin/podman"));
  expect(await place.agent("clean", place.folder)).toMatchObject({ code: 0, err: "" });
  expect(existsSync(place.folder)).toBe(false);
});

test("at the end of its lifetime the agent stops and says why", async () => {
  const place = await Place.make();
  await place.writeSpec({ lifetimeMinutes: 1 / 30 });
  await place.hold("run");
  await place.start();
  const { code, err } = await place.follow();
  expect(code).toBe(1);
  expect(err).toMatch(/^disk failed: its lifetime of [\d.]+ minutes is over$/m);
});

test("a spec with mistakes starts nothing and shows none of its secrets", async () => {
  const place = await Place.make();
  await place.writeSpec({ key: "short", needGib: -1 });
  const { code, err } = await place.start();
  expect(code).toBe(1);
  expect(err).toMatch(/key: 64 hex digits.*\n.*needGib: /);
  expect(existsSync(join(place.folder, "run.json"))).toBe(false);
});

test("the bundle is the same each time, quick, and names no folder of the machine that made it", async () => {
  const start = Date.now();
  const text = await bundleEntry("main.ts");
  expect(Date.now() - start).toBeLessThan(5000);
  expect(await bundleAgent()).toBe(text);
  expect(text).not.toContain(join(__dirname, ".."));
  const required = [...text.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1] ?? "");
  expect(required.filter((name) => !name.startsWith("node:"))).toEqual([]);
});
