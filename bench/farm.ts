/**
 * `npm run bench:farm`: what waits for what. The program's own components, whose workers, pulls and boots only take their time, on a
 * clock that jumps from one end to the next. Fails if all of it takes more than 1.1 times the slowest chain of one place: its worker, its pull,
 * its boots. The engine is not in it, which bounds how much goes on at once (docs/decisions/0842-how-much-at-once.md).
 */
import * as pulumi from "@pulumi/pulumi";
import { parseArgs } from "node:util";
import { Generation } from "../components/generation";
import { ImageBuild } from "../components/image-build";
import { commitRecord } from "../contract/testing/commit-record";
import { parts } from "../infra";
import { targetSchema, workerSchema } from "../infra/specs";
import { ARCHITECTURES, type Arch } from "../infra/words";
import { plan, type LedgerEntry } from "../model/plan";
import { identity as source, NOW } from "../model/plan/fixtures";
import { VirtualClock } from "./virtual-clock";

const MOST_RATIO = 1.1;
const BOOTS = 3;
const STORE = { bucket: "builders", region: "us-east-1" };
const IDENTITY = "abcdefgh2345";

/** Minutes from a worker's first call to its end. */
const WORKER: Readonly<Record<Arch, number>> = { x86_64: 22, aarch64: 24, ppc64le: 31, s390x: 38 };
/** Of a pull and of a check's boots: the least, and what is added for the slowest place. */
const PULL = { least: 2, more: 6 };
const BOOT = { least: 1, more: 3 };

const { values } = parseArgs({ options: { places: { type: "string", default: "11,400" } } });
const clock = new VirtualClock();
/** Of each place, what its pull and its boots take. */
const takes = new Map<string, number>();

async function main(): Promise<void> {
  await pulumi.runtime.setMocks(
    { newResource: make, call: ({ inputs }) => inputs as object },
    "copr-builders",
    "bench",
  );
  const wrong: string[] = [];
  for (const places of values.places.split(",").map(Number)) {
    const { total, chain } = await run(places);
    const ratio = total / chain;
    console.log(
      `${places} places: ${total.toFixed(1)} min; the slowest chain ${chain.toFixed(1)} min, ${ratio.toFixed(2)} of it`,
    );
    if (!(ratio <= MOST_RATIO)) wrong.push(`${places} places take ${ratio.toFixed(2)} of the slowest chain`);
  }
  if (wrong.length > 0) throw new Error(wrong.join("; "));
}

async function make({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Promise<{ id: string; state: object }> {
  const given = inputs as Readonly<Record<string, unknown>>;
  const taken = minutes(type, name);
  const built = ARCHITECTURES.find((arch) => name.startsWith(`build-${arch}-`));
  if (taken > 0 && built === undefined) {
    const place = name.replace(/\.boot-machines$/, "");
    takes.set(place, (takes.get(place) ?? 0) + taken);
  }
  await clock.wait(taken);
  return { id: name, state: { ...given, ...answer(type, built, given) } };
}

function minutes(type: string, name: string): number {
  // How far a place is: always the same, and not in the order of names.
  const share = ((Number(/host-(\d+)/.exec(name)?.[1] ?? 0) * 7) % 11) / 10;
  if (type === "builders:index:LibvirtImage") return PULL.least + PULL.more * share;
  if (type !== "builders:index:EphemeralStack") return 0;
  const built = ARCHITECTURES.find((arch) => name.startsWith(`build-${arch}-`));
  return built === undefined ? BOOT.least + BOOT.more * share : WORKER[built];
}

function answer(type: string, built: Arch | undefined, inputs: Readonly<Record<string, unknown>>): object {
  if (type === "builders:index:LibvirtImage") return { volumeName: inputs["name"], seconds: 60 };
  if (type !== "builders:index:EphemeralStack") return {};
  if (built === undefined) return { seconds: 60, outputs: { seconds: Array.from({ length: BOOTS }, () => 14) } };
  const objects = { "raw.zst": `disks/${built}.raw.zst` };
  return { seconds: 60, outputs: { artifact: commitRecord({ key: String(inputs["key"]), arch: built, objects }) } };
}

async function run(count: number): Promise<{ total: number; chain: number }> {
  takes.clear();
  const planned = plan({ settings: settings(count), identity: source, ledger: [], now: NOW });
  const [generation] = planned.generations;
  if (generation === undefined) throw new Error("the plan has no generation");
  const more = { identity: IDENTITY, store: STORE, parts: new Map([["libvirt", await parts("libvirt")] as const]) };
  const began = clock.now;
  const builds = new Map(
    planned.builds.map(({ arch, key }) => [
      key,
      new ImageBuild(`build-${arch}-${key.slice(0, 8)}`, { arch, key, folder: IDENTITY, timeoutMinutes: 120, ...more }),
    ]),
  );
  const { entry } = new Generation(generation.id, { plan: generation, builds, readers: [], ...more });
  const ledger = await clock.until(new Promise<LedgerEntry>((resolve) => entry.apply(resolve)));
  const published = Object.keys(ledger.published).length;
  if (published !== count || takes.size !== count) throw new Error(`${published} places were published of ${count}`);
  const chains = [...takes].map(([place, taken]) => {
    const arch = ARCHITECTURES.find((one) => place.includes(one));
    return taken + (arch === undefined ? 0 : WORKER[arch]);
  });
  return { total: clock.now - began, chain: Math.max(...chains) };
}

function settings(count: number): Parameters<typeof plan>[0]["settings"] {
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `host-${index}`,
    arch: ARCHITECTURES[index % ARCHITECTURES.length],
    ...{ uri: `qemu+ssh://root@host-${index}/system`, pool: "images" },
  }));
  const worker = workerSchema({}).parse({
    ...{ platform: "libvirt", uri: "qemu:///system", pool: "workers", base: { volume: "stock" } },
    network: { mode: "user" },
  });
  return {
    architectures: Object.fromEntries(ARCHITECTURES.map((arch) => [arch, { worker, publish: ["hypervisor"] }])),
    targets: { hypervisor: targetSchema({}).parse({ platform: "libvirt", hosts }) },
    bootCheck: { boots: BOOTS, timeoutMinutes: 10, checks: [] },
    keepGenerations: 2,
    only: {},
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
