/** The outputs of a whole farm: what devel and prod of this project put out after three generations of all places. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { PackageVersion } from "../../../contract/commit-record";
import { imagesOutput, unfinishedOutput } from "../../../model/outputs";
import type { StackOutputs } from "../../../model/outputs/schema";
import { plan, type DiskFacts, type Identity, type ImagePlan, type LedgerEntry } from "../../../model/plan";
import { digest, identity } from "../../../model/plan/fixtures";
import { ledgerEntry } from "../../../model/plan/ledger";
import { build, type Json } from "../../../model/settings/fixtures";
import { workersOf, type PlaceSpec } from "../../../infra/specs";
import type { Tempers } from "../../../infra/temper";
import type { Arch } from "../../../infra/words";

const hex = (text: string): string => createHash("sha256").update(text).digest("hex");
const uuid = (text: string): string => hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");

const DEVEL = path.join(__dirname, "..", "..", "..", "Pulumi.devel.yaml");
const { config } = parse(readFileSync(DEVEL, "utf8")) as { config: Json };
/** devel's, but for a generation more that is kept. */
export const settings = {
  ...build(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [key.split(":")[1] ?? "", unquoted(value)])),
  ),
  keepGenerations: 3,
};

export const NOW = new Date("2026-11-24T09:30:00Z");

const BOOTC = "quay.io/fedora/fedora-bootc:44";
const builder = { reference: "ghcr.io/osbuild/image-builder:latest", digest: digest("b") };
const sources: readonly Identity[] = [
  { hash: hex("context 1"), from: hex("fedora 1") },
  { hash: hex("context 1"), from: hex("fedora 2") },
  { hash: hex("context 2"), from: hex("fedora 2") },
].map(({ hash, from }) => ({
  ...identity,
  source: {
    kind: "context",
    context: "images/copr-builder",
    hash,
    containerfile: "Containerfile",
    buildArgs: { FEDORA_VERSION: "44" },
  },
  from: { [BOOTC]: `sha256:${from}` },
  recipe: { builder, kind: "image-builder", packaged: ["ppc64le", "s390x"], rootfs: "xfs", args: [] },
}));
const DATES = ["2026-11-03T04:11:09Z", "2026-11-10T04:12:44Z", "2026-11-17T13:40:31Z"];

/** Seconds of each step of a build: emulation is slow nowhere, POWER guests are slowest. */
const STEPS: Readonly<Record<Arch, readonly number[]>> = {
  x86_64: [31, 402, 288, 64, 1.2],
  aarch64: [29, 431, 301, 58, 1.1],
  ppc64le: [44, 913, 655, 197, 2.4],
  s390x: [38, 655, 391, 141, 1.7],
};

/** The ledger of the stack that builds, newest first. */
export const ledger: readonly LedgerEntry[] = sources.reduce<readonly LedgerEntry[]>(
  (known, _source, index) => [made(index, known), ...known],
  [],
);

/** The same with its newest generation made while places were paused, by target. */
export function ledgerWith(tempers: Tempers): readonly LedgerEntry[] {
  const known = ledger.slice(1);
  return [made(known.length, known, tempers), ...known];
}

function made(index: number, known: readonly LedgerEntry[], tempers: Tempers = {}): LedgerEntry {
  const { generations } = plan({
    settings: { ...settings, tempers, rebuildAfterDays: 30 },
    identity: sources[index] ?? identity,
    ledger: known,
    now: new Date(DATES[index] ?? 0),
  });
  const [newest] = generations;
  if (newest === undefined) throw new Error("the plan has no generation");
  return succeeded(newest, DATES[index] ?? "", 1 + index / 20);
}

function succeeded(
  generation: (typeof ledger)[number] | Parameters<typeof ledgerEntry>[0],
  at: string,
  slower: number,
) {
  const placed = generation.images.flatMap((image) => image.places.map((place) => [place, image] as const));
  return ledgerEntry(generation, {
    builtAt: at,
    published: Object.fromEntries(placed.map(([place, image]) => [place.id, imageId(place.spec, image, place.id)])),
    bootSeconds: Object.fromEntries(placed.map(([{ id }]) => [id, [14.1, 15.9, 14.6].map((s) => s * slower)])),
    publishSeconds: Object.fromEntries(placed.map(([{ id }], index) => [id, 40 + 9 * index])),
    disks: Object.fromEntries(generation.images.map((image) => [image.key, disk(image, at, slower)])),
  });
}

function imageId(spec: PlaceSpec, image: ImagePlan, id: string): string {
  switch (spec.platform) {
    case "aws":
      return `ami-0${hex(image.name + id).slice(0, 16)}`;
    case "ibm":
      return `r${{ "br-sao": "042", "eu-es": "050" }[spec.region] ?? "014"}-${uuid(image.name + id)}`;
    case "openstack":
      return uuid(image.name + id);
    case "libvirt":
      return image.name;
  }
}

function disk({ arch, key }: ImagePlan, builtAt: string, slower: number): DiskFacts {
  const seconds = STEPS[arch].map((step) => Math.round(step * slower * 10) / 10);
  const [prepare = 0, build = 0, disk = 0, upload = 0, commit = 0] = seconds;
  const worker = settings.architectures[arch]?.worker;
  if (worker === undefined) throw new Error(`${arch} has no worker`);
  return {
    builtAt,
    sizeBytes: 10 * 2 ** 30,
    dataBytes: Math.round((2.6 + arch.length / 10) * slower * 2 ** 30),
    storedBytes: Math.round((1.1 + arch.length / 20) * slower * 2 ** 30),
    sha256: hex(`disk ${key}`),
    imageDigest: `sha256:${hex(`image ${key}`)}`,
    seconds: { prepare, build, disk, upload, commit },
    workerSeconds: Math.round(seconds.reduce((sum, step) => sum + step, 95)),
    // While IBM Cloud still made them: a machine whose price is not listed.
    worker:
      arch === "s390x"
        ? { platform: "ibm", type: "bz2-4x16" }
        : { platform: worker.platform, type: workersOf(worker).type(worker) },
    firstBoot: arch === "x86_64" ? { by: "kvm", seconds: 14.2 } : { notBooted: "no /dev/kvm" },
    packages: `packages/devel/${key}.json`,
  };
}

/** What is installed in each generation; it is the same on each architecture. */
const PACKAGES: readonly Readonly<Record<string, string>>[] = [
  { bash: "5.2.37-1.fc42", kernel: "6.15.9-201.fc42", mock: "6.3-1.fc42", "rpm-build": "4.20.1-1.fc42", screen: "5.0" },
  { bash: "5.2.37-1.fc42", kernel: "6.16.3-200.fc42", mock: "6.3-1.fc42", "rpm-build": "4.20.1-1.fc42", screen: "5.0" },
  { bash: "5.2.37-1.fc42", kernel: "6.16.3-200.fc42", mock: "6.4-1.fc42", "rpm-build": "4.20.1-1.fc42", tmux: "3.5a" },
];

/** The objects of the store, as `getJson` gives them. */
export const objects: ReadonlyMap<string, readonly PackageVersion[]> = new Map(
  ledger.flatMap(({ number, images, disks }) =>
    images.map(({ arch, key }) => [
      disks[key]?.packages ?? "",
      Object.entries(PACKAGES[number - 1] ?? {}).map(([name, version]) => ({ name, version: `${version}.${arch}` })),
    ]),
  ),
);

/** As `pulumi stack output --json` prints them, read back. */
export function outputs(generations: readonly LedgerEntry[], more: Partial<StackOutputs> = {}): StackOutputs {
  const [current, previous] = generations;
  const all = { images: imagesOutput(current), previousImages: imagesOutput(previous), generations, ...more };
  return JSON.parse(JSON.stringify(all)) as StackOutputs;
}

export const devel = outputs(ledger);
/** Promotes: what it uses comes first, then what it used before. */
export const prod = outputs(ledger.slice(1), { promotedFrom: "devel" });

/** After a run for x86_64 that came no further than AWS: no other architecture is begun. */
const [newest] = ledger;
if (newest === undefined) throw new Error("the ledger is empty");
const begun: LedgerEntry = {
  ...newest,
  id: "g4",
  number: 4,
  images: newest.images
    .filter(({ arch }) => arch === "x86_64")
    .map((image) => ({ ...image, places: image.places.filter(({ target }) => target === "aws") })),
};
export const unfinished = unfinishedOutput(begun, [
  ...["01", "02", "03", "04"].map((host) => `x86_64 in hypervisor/vmhost-x86-copr${host}`),
  ...["aarch64 in aws/us-east-1/aarch64", "ppc64le in osuosl/osuosl/ppc64le", "s390x in ibm_cloud/br-sao/s390x"],
]);

function unquoted(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}
