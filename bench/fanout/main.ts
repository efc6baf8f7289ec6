/**
 * `npm run bench:fanout`: one disk, 10 GiB with 2 GiB of data, to four hypervisors of this machine over ssh: by `virsh vol-create-as`
 * and `vol-upload --sparse`, one after another, as it is done by hand; and pulled by each, as `pulumi up` has it done; in turns. Then
 * pulled by one and by sixteen. Fails if pulling takes more than half of the time, if a volume is wrong, or if the time grows faster
 * than the bytes. All of them share this machine's processors and disk, which hypervisors do not.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { GIB } from "../../contract/sizes";
import { BUCKET, PROFILE, REGION, startStore, type StoreService } from "../../standins/world/store";
import { makeDisk, sumsOf } from "./disk";
import { startHypervisors, type Hypervisor } from "./hypervisors";
import { check, pull, upload, type Artifact } from "./ways";

const MOST_RATIO = 0.5;

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "4" },
    most: { type: "string", default: "16" },
    "size-gib": { type: "string", default: "10" },
    "data-gib": { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
  },
});

async function main(): Promise<void> {
  const [hosts, most, rounds] = [Number(values.hosts), Number(values.most), Number(values.rounds)];
  const folder = mkdtempSync(join(process.env["BENCH_FOLDER"] ?? tmpdir(), "fanout-"));
  const stops: (() => Promise<void>)[] = [];
  try {
    const store = await startStore(join(folder, "store"));
    stops.push(store.stop);
    const artifact = await makeArtifact(join(folder, "disk.raw"), store);
    const hypervisors = await startHypervisors(join(folder, "h"), Math.max(hosts, most));
    stops.push(...hypervisors.map(({ stop }) => stop));
    const wrong = [
      ...(await compare(artifact, hypervisors.slice(0, hosts), rounds)),
      ...(await grow(artifact, hypervisors.slice(0, most))),
    ];
    if (wrong.length > 0) throw new Error(wrong.join("; "));
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk on the operator's machine, and packed in the store as a worker's agent does it. */
async function makeArtifact(disk: string, store: StoreService): Promise<Artifact> {
  const sizeBytes = Number(values["size-gib"]) * GIB;
  makeDisk(disk, sizeBytes, Number(values["data-gib"]) * GIB);
  const object = "disk.raw.zst";
  const packed = join(store.data, object);
  execFileSync("zstd", ["-1", "-T0", "-q", disk, "-o", packed]);
  const { sha256, data } = await sumsOf(disk, sizeBytes);
  const { size } = statSync(packed);
  const dataBytes = statSync(disk).blocks * 512;
  console.log(`the disk: ${gib(sizeBytes)} GiB, ${gib(dataBytes)} of them data, packed ${gib(size)}`);
  return {
    ...{ disk, sizeBytes, dataBytes, sha256, data, object: { object, sizeBytes: size } },
    store: {
      ...{ bucket: BUCKET, region: REGION, endpoint: store.url },
      credentials: { file: store.credentials, profile: PROFILE },
    },
  };
}

async function compare(artifact: Artifact, hypervisors: readonly Hypervisor[], rounds: number): Promise<string[]> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const took = { uploaded: 0, pulled: 0 };
    // Each is first as often as it is last.
    const ways = [["uploaded", upload] as const, ["pulled", pull] as const];
    for (const [name, way] of round % 2 === 0 ? ways : ways.reverse())
      took[name] = await timed(way, artifact, hypervisors, round === 0);
    ratios.push(took.pulled / took.uploaded);
    console.log(
      `round ${round + 1}, ${hypervisors.length} hypervisors: vol-upload one after another ${took.uploaded.toFixed(1)} s, ` +
        `pulled ${took.pulled.toFixed(1)} s, ${(ratios.at(-1) ?? 0).toFixed(2)} of it`,
    );
  }
  const ratio = ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? Number.NaN;
  console.log(`median: ${ratio.toFixed(2)} of the time, at most ${MOST_RATIO.toFixed(2)} is right`);
  return ratio <= MOST_RATIO ? [] : [`pulling takes ${ratio.toFixed(2)} of the time of vol-upload`];
}

async function grow(artifact: Artifact, hypervisors: readonly Hypervisor[]): Promise<string[]> {
  const one = await timed(pull, artifact, hypervisors.slice(0, 1), false);
  const all = await timed(pull, artifact, hypervisors, false);
  const times = all / one;
  console.log(
    `1 hypervisor: ${one.toFixed(1)} s, ${hypervisors.length}: ${all.toFixed(1)} s, ${times.toFixed(1)} times as long for ` +
      `${hypervisors.length} times the bytes`,
  );
  return times <= hypervisors.length
    ? []
    : [`${hypervisors.length} hypervisors take ${times.toFixed(1)} times as long`];
}

type Way = typeof pull;

/** Seconds, to the sync of what was written: the one way waits for it by itself, the other does not. */
async function timed(way: Way, artifact: Artifact, hypervisors: readonly Hypervisor[], read: boolean): Promise<number> {
  execFileSync("sync");
  const began = performance.now();
  await way(artifact, hypervisors);
  const seconds = (performance.now() - began) / 1000;
  check(artifact, hypervisors, read);
  return seconds;
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
