import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import type { BlocksUpload } from "../contract/agent-spec";
import { EbsService } from "../ebs/testing/service";
import { KEY, presigned } from "../contract/testing/agent-spec";
import { Place, until, writings } from "./testing/place";

const BLOCK = 512 * 1024;
/** 3 MB at 7 MiB, the disk of the stand-in for podman. */
const BLOCKS = [0, 14, 15, 16, 17, 18, 19];
const SECRET = "the-secret-key-that-nobody-may-see";
const TOKEN = "the-session-token-that-nobody-may-see";

async function makePlace(service: EbsService, change: Partial<BlocksUpload> = {}): Promise<Place> {
  const place = await Place.make();
  const snapshot = { format: "blocks", region: "us-east-1", snapshotId: "snap-0a1b", volumeGib: 1 } as const;
  const object = "disks/local/x.raw.zst";
  const archive = { format: "raw.zst", object, url: presigned(place.store.url, object) } as const;
  await place.writeSpec({ uploads: [archive, { ...snapshot, endpoint: service.url, ...change }] });
  return place;
}

/** `agent feed`, and who answers it: the n-th time with the key ASIAn. */
class Feeder {
  wants = 0;
  private constructor(
    private readonly child: ChildProcess,
    readonly ended: Promise<number | null>,
  ) {}

  static start(place: Place): Feeder {
    const env = { ...process.env, AGENT_TEST_ROOT: place.root };
    const child = spawn(process.execPath, [place.path("agent.js"), "feed", place.folder], { env });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const feeder = new Feeder(child, ended);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => place.said.push(data.toString()));
    createInterface({ input: child.stdout }).on("line", (line) => {
      expect(line).toBe("want");
      feeder.wants += 1;
      const expiresAt = new Date(Date.now() + 3600_000).toISOString();
      const credentials = {
        accessKeyId: `ASIA${feeder.wants}`,
        secretAccessKey: SECRET,
        sessionToken: TOKEN,
        expiresAt,
      };
      child.stdin.write(`${JSON.stringify(credentials)}\n`);
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    return feeder;
  }
}

/** The archive in the store, unpacked: what the snapshot has to hold. */
function diskOf(place: Place): Buffer {
  const stored = place.store.objects.get("builders/disks/local/x.raw.zst") ?? Buffer.alloc(0);
  return execFileSync("zstd", ["-dc"], { input: stored, maxBuffer: 2 ** 30 });
}

function checksumOf(disk: Buffer): string {
  const all = createHash("sha256");
  for (const index of BLOCKS)
    all.update(
      createHash("sha256")
        .update(disk.subarray(index * BLOCK, (index + 1) * BLOCK))
        .digest(),
    );
  return all.digest("base64");
}

test("one pass fills the store and the snapshot; credentials come on demand, are gone afterwards and seen nowhere", async () => {
  const service = await EbsService.start();
  const place = await makePlace(service);
  const feeder = Feeder.start(place);
  await place.hold("build");
  await place.start();
  await until("build", async () => (await place.calls("build --cap-add")) > 0);
  expect(feeder.wants).toBe(0);
  service.fault = (tried) => (tried === 2 ? { status: 503, error: "ServiceUnavailable" } : undefined);
  await place.release("build");
  const { code, err } = await place.follow();
  expect(err).toMatch(/commit/);
  expect(code).toBe(0);
  const disk = diskOf(place);
  expect(service.volume(disk.length).equals(disk)).toBe(true);
  expect([...service.puts].sort((a, b) => a - b)).toEqual(BLOCKS);
  const snapshot = { snapshotId: "snap-0a1b", volumeGib: 1, changedBlocks: 7, checksum: checksumOf(disk) };
  expect(place.record().snapshots).toEqual({ "us-east-1": snapshot });
  expect(place.record().disk.sha256).toBe(createHash("sha256").update(disk).digest("hex"));

  expect(await feeder.ended).toBe(0);
  expect(feeder.wants).toBe(1);
  expect(existsSync(join(place.folder, "credentials.json"))).toBe(false);
  const seen = await writings(place);
  for (const secret of [SECRET, TOKEN]) expect(seen).not.toContain(secret);
  expect((await place.start()).out).toBe("done\n");
});

test("killed while it writes blocks: the next one sends those that are missing, and no other", async () => {
  const service = await EbsService.start();
  const place = await makePlace(service);
  const feeder = Feeder.start(place);
  service.fault = (_, index) => (index > 16 ? "hang" : undefined);
  await place.start();
  const journal = place.path("root/var/lib/containers/copr-builders", KEY, "blocks-us-east-1.blocks");
  await until("four blocks", async () => (await stat(journal).catch(() => undefined))?.size === 4 * 36);
  await until("the others on the way", () => service.tried === BLOCKS.length);
  await place.kill();
  service.fault = () => undefined;
  expect((await place.start()).out).toBe("started\n");
  expect((await place.follow()).code).toBe(0);
  expect(service.tried).toBe(BLOCKS.length + 3);
  expect([...service.puts].sort((a, b) => a - b)).toEqual(BLOCKS);
  const disk = diskOf(place);
  expect(service.volume(disk.length).equals(disk)).toBe(true);
  expect(place.record().snapshots?.["us-east-1"]).toMatchObject({ changedBlocks: 7, checksum: checksumOf(disk) });
  expect(await place.calls("run")).toBe(1);
  expect(await feeder.ended).toBe(0);
});

test("credentials that are refused as expired are asked for again", async () => {
  const service = await EbsService.start();
  service.expired.add("ASIA1");
  const place = await makePlace(service);
  const feeder = Feeder.start(place);
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect([...service.seenKeys]).toEqual(["ASIA1", "ASIA2"]);
  expect(await feeder.ended).toBe(0);
  expect(feeder.wants).toBe(2);
});

test("denied: the build fails with the action that is missing, and so does the feeding", async () => {
  const service = await EbsService.start();
  service.denied.add("ASIA1");
  const place = await makePlace(service);
  const feeder = Feeder.start(place);
  await place.start();
  const { code, err } = await place.follow();
  expect(code).toBe(1);
  expect(err).toMatch(
    /upload failed: .*AccessDeniedException.*ebs:PutSnapshotBlock on arn:aws:ec2:us-east-1::snapshot/,
  );
  expect(await feeder.ended).toBe(1);
  expect(service.tried).toBeLessThanOrEqual(BLOCKS.length);
  // The service quotes the request, signature and all.
  expect(await writings(place)).not.toContain(SECRET);
});

test("a new snapshot for a disk that is stored already: only its blocks are sent", async () => {
  const service = await EbsService.start();
  const place = await makePlace(service);
  let refuse: (status: number) => void = () => undefined;
  place.store.next.push(new Promise<number>((resolve) => (refuse = resolve)));
  const first = Feeder.start(place);
  await place.start();
  const filled = place.path("root/var/lib/containers/copr-builders", KEY, "snapshots.json");
  await until("the snapshot is filled", () => existsSync(filled));
  refuse(403);
  expect((await place.follow()).code).toBe(1);
  expect(await first.ended).toBe(1);
  service.snapshots.add("snap-0ff");
  const spec = JSON.parse(await readFile(join(place.folder, "spec.json"), "utf8")) as { uploads: BlocksUpload[] };
  const uploads = spec.uploads.map((one) => (one.format === "blocks" ? { ...one, snapshotId: "snap-0ff" } : one));
  await writeFile(join(place.folder, "spec.json"), JSON.stringify({ ...spec, uploads }));
  const second = Feeder.start(place);
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(service.puts.length).toBe(2 * BLOCKS.length);
  expect(place.record().snapshots?.["us-east-1"]).toMatchObject({ snapshotId: "snap-0ff", changedBlocks: 7 });
  expect(await place.calls("run")).toBe(1);
  expect(await second.ended).toBe(0);
});

test("a disk that is larger than the volume is refused by name", async () => {
  const service = await EbsService.start();
  const place = await makePlace(service, { volumeGib: 1 });
  const podman = (await readFile(place.path("bin/podman"), "utf8")).replace("truncate -s 40M", "truncate -s 1025M");
  await writeFile(place.path("bin/podman"), podman);
  await place.start();
  const { err } = await place.follow();
  expect(err).toMatch(
    /upload failed: the disk has 1.0 GiB, the snapshot in us-east-1 has room for 1 GiB; set volumeGib/,
  );
});

test("feeding ends when nobody answers, and takes no nonsense", async () => {
  const service = await EbsService.start();
  const place = await makePlace(service);
  await place.start();
  await until("wanted", () => existsSync(join(place.folder, "credentials-wanted.json")));
  const run = (input: string) => {
    try {
      const env = { ...process.env, AGENT_TEST_ROOT: place.root };
      execFileSync(process.execPath, [place.path("agent.js"), "feed", place.folder], { env, input, stdio: "pipe" });
      return { status: 0, stderr: "" };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer };
      return { status, stderr: stderr.toString() };
    }
  };
  expect(run("")).toMatchObject({ status: 1 });
  const nonsense = run(`{"accessKeyId": "${SECRET}`);
  expect(nonsense.status).toBe(1);
  expect(nonsense.stderr).toMatch(/not one line of JSON with accessKeyId/);
  expect(nonsense.stderr).not.toContain(SECRET);
});
