/**
 * `npm run bench`: where the time of one `pulumi up` from nothing goes, and how much memory all of it takes.
 * The measure is a ratio: the share of the time that is neither podman, nor the image builder, nor a machine booting,
 * that is, what this program adds to what anybody would have to wait for. Then how long an `up` takes that has nothing to do, and the
 * preview of a change. Fails if the share is more than 20 %, if one of these two takes more than 5 s, or if one of them writes anything.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { CommitRecord } from "../contract/commit-record";
import type { LedgerEntry } from "../model/plan";
import { startServices } from "../cli/local/services";
import { makeCheckout, REPOSITORY, type Checkout } from "../tests/e2e/support/checkout";
import { domains, everything, makePool, recordPath, removePool, volumePath, volumes } from "../tests/e2e/support/leaks";

const STACK = "bench";
const POOL = "bench-images";
const MOST_SHARE = 0.2;
const MOST_SECONDS = 5;
const ROUNDS = 3;

interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** True if any tool would have to wait for it. */
  readonly unavoidable: boolean;
}

async function main(): Promise<void> {
  await startServices(console.log);
  const checkout = makeCheckout(STACK, {
    "targets.hypervisor.hosts": [
      { name: "local", arch: "x86_64", pool: POOL, boot: { vcpus: 1, memoryMib: 1024, network: { mode: "user" } } },
    ],
  });
  makePool(checkout, POOL);
  try {
    await checkout.pulumi.must("stack", "init", STACK);
    const wrong = [...(await measure(checkout)), ...(await measureNothing(checkout))];
    if (wrong.length > 0) throw new Error(wrong.join("; "));
  } finally {
    await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--stack", STACK);
    removePool(checkout, POOL);
    checkout.remove();
  }
}

/** @returns what is not as it should be */
async function measure(checkout: Checkout): Promise<string[]> {
  const { pulumi } = checkout;
  const started = Date.now();
  const up = pulumi.startUp();
  let most = 0;
  let ticks = 0;
  let workerBoots: number | undefined;
  let workerUp: number | undefined;
  let imageBoots: number | undefined;
  let imageUp: number | undefined;
  const timeline: string[] = [];
  let seen = 0;
  const watch = setInterval(() => {
    // Listing processes takes its share of two cores: seldom.
    if (ticks++ % 12 === 0) most = Math.max(most, memoryMib());
    const text = up.text();
    const whole = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(seen, whole).split("\n").filter(Boolean)) {
      timeline.push(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} ${line.slice(0, 200)}`);
    }
    seen = whole;
    if (text.includes("creating Domain boot-")) imageBoots ??= Date.now();
    if (/destroying [a-z2-7]+\.copr-builder-\S*boot-machines/.test(text)) imageUp ??= Date.now();
    if (text.includes("creating Domain worker")) workerBoots ??= Date.now();
    if (text.includes("creating Command build")) workerUp ??= Date.now();
  }, 250);
  const { code, text } = await up.ended;
  clearInterval(watch);
  writeFileSync(path.join(REPOSITORY, ".local", "log", "bench-up.log"), timeline.join("\n"));
  if (code !== 0) throw new Error(`pulumi up failed:\n${text}`);
  const total = (Date.now() - started) / 1000;

  const [entry] = await pulumi.output<LedgerEntry[]>("generations");
  const image = entry?.images[0];
  if (!entry || !image) throw new Error("the up made no generation");
  const record = JSON.parse(readFileSync(recordPath(checkout, image.key), "utf8")) as CommitRecord;
  const phases: Phase[] = [
    { name: "worker boots", seconds: ((workerUp ?? 0) - (workerBoots ?? 0)) / 1000, unavoidable: true },
    { name: "agent: prepare", seconds: record.seconds.prepare, unavoidable: false },
    { name: "agent: podman build", seconds: record.seconds.build, unavoidable: true },
    { name: "agent: image builder", seconds: record.seconds.disk, unavoidable: true },
    { name: "agent: hash, compress, upload", seconds: record.seconds.upload, unavoidable: false },
    { name: "image boots", seconds: ((imageUp ?? 0) - (imageBoots ?? 0)) / 1000, unavoidable: true },
  ];
  const known = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  const rest = { name: "engine, publish, the rest", seconds: total - known, unavoidable: false };
  const share = report([...phases, rest], total);
  console.log(`memory of all of it, at most:  ${(most / 1024).toFixed(1).padStart(6)} GiB`);
  return share <= MOST_SHARE ? [] : [`${(100 * share).toFixed(0)} % of the time is ours, at most 20 % is right`];
}

/** What has nothing to do, and what only says what it would do: how long, and whether anything was touched. */
async function measureNothing(checkout: Checkout): Promise<string[]> {
  const { pulumi } = checkout;
  const before = JSON.stringify(touched(checkout));
  const up = await median(() => pulumi.mustUp());
  checkout.write("images/debian-builder/changed-by-the-benchmark", "another generation\n");
  const preview = await median(() => pulumi.must("preview", "--stack", STACK));
  const times = Object.entries({ "up again, nothing changed": up, "preview of a change": preview });
  for (const [name, seconds] of times)
    console.log(`${`${name}:`.padEnd(30)} ${seconds.toFixed(1).padStart(6)} s, at most ${MOST_SECONDS} s is right`);
  const after = JSON.stringify(touched(checkout));
  return [
    ...times.flatMap(([name, seconds]) => (seconds <= MOST_SECONDS ? [] : [`${name}: ${seconds.toFixed(1)} s`])),
    ...(before === after ? [] : [`something was written though there was nothing to do:\n${before}\n${after}`]),
  ];
}

/** Store and hypervisor, with times of writing. */
function touched(checkout: Checkout): object {
  const images = volumes(checkout, POOL).map((name) => {
    const { mtimeMs, ctimeMs } = statSync(volumePath(checkout, POOL, name));
    return { name, mtimeMs, ctimeMs };
  });
  return { objects: everything(checkout), images, domains: domains(checkout) };
}

/** Seconds. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = Date.now();
    await work();
    took.push((Date.now() - began) / 1000);
  }
  return took.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

/** @returns the share of our own */
function report(phases: readonly Phase[], total: number): number {
  const line = (name: string, seconds: number, note = "") => {
    const share = `${((100 * seconds) / total).toFixed(0)} %`;
    console.log(`${name.padEnd(30)} ${seconds.toFixed(1).padStart(6)} s ${share.padStart(6)}  ${note}`);
  };
  for (const { name, seconds, unavoidable } of phases) line(name, seconds, unavoidable ? "" : "ours");
  line("pulumi up", total);
  const ours = phases.filter(({ unavoidable }) => !unavoidable).reduce((sum, { seconds }) => sum + seconds, 0);
  line("of it ours", ours, "at most 20 % is right");
  return ours / total;
}

/** Resident memory of guests, services, engines and plugins of this user, MiB. */
function memoryMib(): number {
  const names = /qemu-system|libvirtd|versitygw|docker-registry|pulumi|tsx|node/;
  const list = execFileSync("ps", ["-eo", "rss=,args="], { encoding: "utf8", maxBuffer: 16 << 20 });
  return list
    .split("\n")
    .filter((text) => names.test(text))
    .reduce((sum, text) => sum + Number.parseInt(text, 10) / 1024, 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
