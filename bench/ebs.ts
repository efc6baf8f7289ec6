/**
 * `npm run bench:ebs`: one sparse disk, 10 GB with 2 GB of data, into snapshots of one loopback endpoint, by our writer
 * and by coldsnap 0.12.0, in turns. The measure is a ratio, so that a busy machine is no excuse; rounds show its spread.
 * Fails if our median is not at least as fast, if the agent takes more than 256 MB, or if a snapshot is wrong.
 */
import { execFileSync, spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { build } from "esbuild";
import { waitCompleted } from "../infra/aws/provider/ebs-lifecycle";
import { realWait } from "../provider/wait";
import { openSnapshots, type EbsSnapshots } from "../infra/aws/provider/ebs-snapshots";
import { awsClients } from "../infra/aws/provider/clients";
import type { WrittenBlocks } from "../ebs";
import { REPOSITORY, TOOLS } from "../cli/local/places";
import { startAwsEmulator, type AwsEmulator } from "../standins/aws-emulator/start";

const COLDSNAP = "0.12.0";
const REGION = "us-east-1";
const ROUNDS = 5;
const MIB = 1024 * 1024;
const EXTENTS = 64;
const EXTENT_BYTES = 32 * MIB;
const DISK_GIB = 10;
const AGENT_LIMIT_MB = 256;

interface Contender {
  readonly name: string;
  run(disk: string, emulator: AwsEmulator): Promise<Measured>;
}

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  /** Blocks in the snapshot. */
  readonly blocks: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(process.env["BENCH_FOLDER"] ?? tmpdir(), "bench-ebs-"));
  const coldsnap = ensureColdsnap();
  const emulator = await startAwsEmulator({ folder: path.join(folder, "emulator"), pendingReads: 0 });
  Object.assign(process.env, emulator.environment);
  try {
    const disk = path.join(folder, "disk.raw");
    await makeDisk(disk);
    const program = path.join(folder, "ebs-put.js");
    await bundle(program);
    const contenders: Contender[] = [
      ours("agent", program, "blocks"),
      { name: `coldsnap ${COLDSNAP}`, run: (file, at) => runColdsnap(coldsnap, file, at) },
      ours("agent, reading holes too", program, "all"),
      ours("agent, also hashing and packing", program, "pack"),
    ];
    report(contenders, await rounds(contenders, disk, emulator));
  } finally {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rounds(contenders: readonly Contender[], disk: string, emulator: AwsEmulator): Promise<Measured[][]> {
  const results: Measured[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each is first as often as it is last, and the last two only once.
    const indexes = contenders.map((_, index) => index).filter((index) => index < 2 || round === 0);
    for (const index of round % 2 === 0 ? indexes : indexes.reverse()) {
      const contender = contenders[index];
      if (contender === undefined) continue;
      const measured = await contender.run(disk, emulator);
      results[index]?.push(measured);
      const { seconds, peakMb, blocks } = measured;
      console.log(
        `round ${round + 1}  ${contender.name.padEnd(32)} ${seconds.toFixed(1).padStart(6)} s ${peakMb.toFixed(0).padStart(5)} MB  ${blocks} blocks`,
      );
      await emulator.reset();
    }
  }
  return results;
}

function report(contenders: readonly Contender[], results: readonly Measured[][]): void {
  const median = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const seconds = results.map((runs) => median(runs.map((run) => run.seconds)));
  const peaks = results.map((runs) => Math.max(...runs.map((run) => run.peakMb)));
  const blocks = new Set(results.flat().map((run) => run.blocks));
  console.log("\nmedian                             seconds   peak MB   times the agent's");
  contenders.forEach(({ name }, index) => {
    const ratio = (seconds[index] ?? 0) / (seconds[0] ?? 1);
    console.log(
      `${name.padEnd(34)} ${(seconds[index] ?? 0).toFixed(1).padStart(7)} ${(peaks[index] ?? 0).toFixed(0).padStart(9)} ${ratio.toFixed(2).padStart(12)}`,
    );
  });
  // Of each round by itself: how busy the machine is changes from one to the next.
  const ratios = (results[0] ?? []).map((run, round) => (results[1]?.[round]?.seconds ?? 0) / run.seconds);
  const ratio = median(ratios);
  console.log(
    `coldsnap takes ${ratios.map((one) => one.toFixed(2)).join(", ")} times as long, median ${ratio.toFixed(2)}`,
  );
  const agentPeak = Math.max(peaks[0] ?? 0, peaks[3] ?? 0);
  const wrong: string[] = [];
  if (blocks.size !== 1) wrong.push(`the snapshots differ: ${[...blocks].join(", ")} blocks`);
  if (!(ratio >= 1)) wrong.push("coldsnap is faster");
  if (agentPeak > AGENT_LIMIT_MB)
    wrong.push(`the agent took ${agentPeak.toFixed(0)} MB, ${AGENT_LIMIT_MB} MB are allowed`);
  if (wrong.length > 0) throw new Error(wrong.join("; "));
}

/** Built from its source, once for this checkout. */
function ensureColdsnap(): string {
  const root = path.join(TOOLS, `coldsnap-${COLDSNAP}`);
  const program = path.join(root, "bin", "coldsnap");
  if (!existsSync(program)) {
    console.log(`building coldsnap ${COLDSNAP} (some minutes, once)`);
    mkdirSync(root, { recursive: true });
    const target = mkdtempSync(path.join(tmpdir(), "coldsnap-build-"));
    try {
      const args = ["install", "coldsnap", "--version", COLDSNAP, "--locked", "--quiet", "--root", root];
      execFileSync("cargo", args, { stdio: "inherit", env: { ...process.env, CARGO_TARGET_DIR: target } });
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  }
  return program;
}

/** Random data in pieces that begin off every boundary, holes between. */
async function makeDisk(file: string): Promise<void> {
  const disk = await open(file, "w");
  const size = DISK_GIB * 1024 * MIB;
  await disk.truncate(size);
  const data = Buffer.alloc(EXTENT_BYTES);
  for (let index = 0; index < EXTENTS; index += 1) {
    randomFillSync(data);
    await disk.write(data, 0, data.length, index * (size / EXTENTS) + 4096 * (index % 7));
  }
  await disk.sync();
  await disk.close();
}

/** As the agent is bundled: one file for node. */
async function bundle(file: string): Promise<void> {
  const entryPoints = [path.join(REPOSITORY, "bench/ebs-put.ts")];
  await build({ entryPoints, bundle: true, platform: "node", target: "node18", format: "cjs", outfile: file });
}

/** The snapshot is started and completed as the provider does it; that is part of the time. */
function ours(name: string, program: string, mode: "blocks" | "all" | "pack"): Contender {
  return {
    name,
    run: async (disk, emulator) => {
      const snapshots: EbsSnapshots = openSnapshots(awsClients())(REGION);
      const begin = performance.now();
      const token = `${mode}${begin}`;
      const { snapshotId } = await snapshots.start({ volumeGib: DISK_GIB, token, tags: {}, timeoutMinutes: 60 });
      const { peakMb, out } = await measure(process.execPath, [
        program,
        mode,
        disk,
        emulator.endpoint,
        snapshotId,
        REGION,
      ]);
      await snapshots.complete(snapshotId, JSON.parse(out) as WrittenBlocks);
      const seconds = (performance.now() - begin) / 1000;
      return { seconds, peakMb, blocks: await blocksOf(emulator, snapshotId) };
    },
  };
}

/** With its own way to leave zeros out: without it, it sends all of the 10 GB. */
async function runColdsnap(program: string, disk: string, emulator: AwsEmulator): Promise<Measured> {
  const begin = performance.now();
  const where = ["--endpoint", emulator.endpoint, "--region", REGION];
  const { peakMb, out } = await measure(program, [...where, "upload", "--omit-zero-blocks", "--no-progress", disk]);
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, peakMb, blocks: await blocksOf(emulator, out.trim()) };
}

/** What arrived, as the endpoint counts it, and only if it was completed with the right checksum. */
async function blocksOf(emulator: AwsEmulator, snapshotId: string): Promise<number> {
  const stop = AbortSignal.timeout(60_000);
  await waitCompleted(openSnapshots(awsClients())(REGION), snapshotId, realWait, stop, () => undefined);
  return (await emulator.stats()).snapshots[snapshotId]?.blocks ?? 0;
}

const LOOK_MS = 10;

/** Runs a program; its standard output, and the most memory that it had resident, as the kernel kept count. */
function measure(program: string, args: readonly string[]): Promise<{ peakMb: number; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err, peakKb] = ["", "", 0];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    const look = setInterval(() => {
      peakKb = Math.max(peakKb, highWaterKb(child.pid));
    }, LOOK_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(look);
      if (code === 0) resolve({ peakMb: peakKb / 1024, out });
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${err.slice(-2000)}`));
    });
  });
}

function highWaterKb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    // It has just ended.
    return 0;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
