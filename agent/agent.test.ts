import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { machine as machineName } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleAgent, bundleEntry } from "./bundle";
import { killGroup } from "./machine/processes";
import { KEY, presigned, SIGNATURE } from "../contract/testing/agent-spec";
import { Place, until, writings } from "./testing/place";
import type { Behaviour } from "./testing/store";

/** The real agent as real processes, killed in the middle; only podman is a script. */

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
  expect(record.objects).toEqual({ "raw.zst": { object: "disks/local/x.raw.zst", sizeBytes: stored.length } });
  expect(place.store.puts.at(-1)?.path).toBe("builders/builds/local/x.json");

  expect(await place.start()).toMatchObject({ code: 0, out: "done\n" });
  expect((await place.follow("--from-offset", "100000000")).err).toBe("");
  expect(await place.calls("run")).toBe(1);
  expect(await writings(place)).not.toContain(SIGNATURE);
});

test("says beside the disk what is in it and where it comes from, before the record names it", async () => {
  const place = await Place.make();
  const at = (object: string) => ({ object, url: presigned(place.store.url, object) });
  const order = { stack: "abcdefgh2345", startedBy: "me@here", parameters: {}, dependencies: [] };
  await place.writeSpec({
    packages: at("packages/local/x.json"),
    statements: {
      sbom: at("packages/local/x.spdx.json"),
      provenance: { ...at("packages/local/x.provenance.json"), order },
    },
  });
  place.store.next.push(503);
  await place.start();
  expect((await place.follow()).code).toBe(0);
  const record = place.record();
  const stored = (object: string) => place.store.objects.get(`builders/${object}`) ?? Buffer.alloc(0);
  const [sbom, provenance] = [stored("packages/local/x.spdx.json"), stored("packages/local/x.provenance.json")];
  expect(record.objects).toMatchObject({
    "packages.json": { object: "packages/local/x.json" },
    "sbom.spdx.json": { object: "packages/local/x.spdx.json", sizeBytes: sbom.length },
    "provenance.json": { object: "packages/local/x.provenance.json", sizeBytes: provenance.length },
  });
  expect(JSON.parse(sbom.toString())).toMatchObject({ spdxVersion: "SPDX-2.3" });
  expect(JSON.parse(provenance.toString())).toMatchObject({
    subject: [{ name: "disks/local/x.raw.zst", digest: { sha256: record.disk.sha256 } }],
    predicate: { buildDefinition: { internalParameters: { startedBy: "me@here", buildKey: KEY } } },
  });
  expect(place.store.puts.at(-1)?.path).toBe("builders/builds/local/x.json");
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
    const noted = async (): Promise<number | undefined> => {
      const text = await readFile(join(place.folder, "child.json"), "utf8").catch(() => "{}");
      return (JSON.parse(text) as { pid?: number }).pid;
    };
    // That of the command that doesn't end: those before it have ended.
    await until("child", async () => existsSync(`/proc/${await noted()}`));
    await place.kill();
    expect(await place.follow()).toMatchObject({ code: 2, out: "" });
    const child = await noted();
    expect(existsSync(`/proc/${child}`)).toBe(true);

    expect((await place.start()).out).toBe("started\n");
    await until("the left-over command is ended", () => !existsSync(`/proc/${child}`));
    if (hold !== undefined) await place.release(hold);
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

test.each(["runs", "was killed"])(
  "cleaning ends what an agent that %s has started; what cannot be removed is named",
  async (agent) => {
    const place = await Place.make();
    await place.hold("build");
    await place.start();
    await until("child", () => existsSync(join(place.folder, "child.json")));
    await until("podman", async () => (await place.calls("build")) > 0);
    const child = JSON.parse(await readFile(join(place.folder, "child.json"), "utf8")) as { pid: number };
    onTestFinished(() => killGroup(child.pid, "SIGKILL"));
    if (agent === "was killed") await place.kill();
    await writeFile(place.path("bin/podman"), "#!/bin/sh\necho 'storage is locked' >&2\nexit 1\n");
    const { code, err } = await place.agent("clean", place.folder);
    expect(code).toBe(1);
    expect(err).toMatch(/^left behind: container copr-builder-disk-01234567: storage is locked$/m);
    await until("the command is ended", () => !existsSync(`/proc/${child.pid}`));
    await cp(join(__dirname, "testing/podman"), place.path("bin/podman"));
    expect(await place.agent("clean", place.folder)).toMatchObject({ code: 0, err: "" });
    expect(existsSync(place.folder)).toBe(false);
  },
);

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
  // Not as much as one package: each would be sent to every worker, and read at each start of the agent.
  expect(text).not.toContain("node_modules/");
  const required = [...text.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1] ?? "");
  expect(required.filter((name) => !name.startsWith("node:"))).toEqual([]);
});
