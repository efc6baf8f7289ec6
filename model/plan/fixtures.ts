/** What the plan's tests start from. */
import { imagesOf, workerSchema, targetSchema, type TargetSettings } from "../../infra/specs";
import type { Arch } from "../../infra/words";
import { KEY_VERSION } from "./build-key";
import { ledgerEntry, parseLedger } from "./ledger";
import type { PlanSettings } from "./plan";
import type { DiskFacts, GenerationPlan, Identity, LedgerEntry, Plan } from "./types";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export const identity: Identity = {
  keyVersion: KEY_VERSION,
  source: {
    kind: "context",
    context: "images/x",
    hash: "c".repeat(64),
    containerfile: "Containerfile",
    buildArgs: { V: "42" },
  },
  from: { "quay.io/fedora/fedora-bootc:42": digest("f") },
  recipe: { builder: { reference: "quay.io/a/bib:latest", digest: digest("b") }, rootfs: "xfs", args: ["--x"] },
};

export const worker = workerSchema({ LIBVIRT_DEFAULT_URI: "qemu:///system" }).parse({
  platform: "libvirt",
  pool: "workers",
  base: { volume: "base" },
  network: { mode: "user" },
});

export const hypervisor = target({
  platform: "libvirt",
  hosts: [
    { name: "vmhost-01", arch: "x86_64", uri: "qemu+ssh://vmhost-01/system", pool: "images" },
    { name: "vmhost-02", arch: "x86_64", uri: "qemu+ssh://vmhost-02/system", pool: "images" },
    { name: "power-01", arch: "ppc64le", uri: "qemu+ssh://power-01/system", pool: "images" },
  ],
});

export const aws = target({
  platform: "aws",
  regions: [{ name: "us-east-1", subnets: ["subnet-1"] }],
  operatorCidr: "203.0.113.7/32",
  uploadRole: "arn:aws:iam::123456789012:role/upload",
});

export const ibm = target({
  platform: "ibm",
  resourceGroup: "copr",
  operatorCidr: "203.0.113.7/32",
  operatingSystem: "fedora-s390x",
  bucket: { name: "copr-images", region: "jp-tok" },
  regions: ["br-sao", "eu-es"].map((name) => ({ name, boot: { zone: `${name}-1`, vpc: "v", subnet: "s" } })),
});

export const osuosl = target({ platform: "openstack", cloud: "osuosl", boot: { flavor: "f", network: "n" } });

/** @param publish which targets get which architecture */
export function settings(
  publish: Readonly<Partial<Record<Arch, readonly string[]>>> = { x86_64: ["hypervisor"] },
  more: Partial<PlanSettings> = {},
): PlanSettings {
  const archs = Object.entries(publish).map(([arch, publish]) => [arch, { worker, publish }]);
  return {
    architectures: Object.fromEntries(archs) as PlanSettings["architectures"],
    targets: { hypervisor, aws, ibm_cloud: ibm, osuosl },
    bootCheck: { boots: 3, timeoutMinutes: 10, checks: ["true"] },
    keepGenerations: 2,
    only: {},
    ...more,
  };
}

/** A generation that succeeded: every place has an image. */
export function succeeded(generation: GenerationPlan, builtAt: string): LedgerEntry {
  const placed = generation.images.flatMap((image) => image.places.map((place) => [place, image] as const));
  return ledgerEntry(generation, {
    builtAt,
    published: Object.fromEntries(
      placed.map(([{ id, spec }, image]) => [id, imagesOf(spec).sharesIds ? image.name : `${image.name}@${id}`]),
    ),
    bootSeconds: Object.fromEntries(placed.map(([{ id }]) => [id, [14, 15.5]])),
    publishSeconds: Object.fromEntries(placed.map(([{ id }]) => [id, 21])),
    disks: Object.fromEntries(generation.images.map(({ key }) => [key, diskFacts(key, builtAt)])),
  });
}

/** A disk of 10 GiB, 1 GiB of it data, built in half an hour. */
function diskFacts(key: string, builtAt: string): DiskFacts {
  return {
    builtAt,
    sizeBytes: 10 * 2 ** 30,
    dataBytes: 2 ** 30,
    storedBytes: 4e8,
    sha256: key,
    imageDigest: digest("e"),
    seconds: { prepare: 20, build: 600, disk: 900, upload: 60, commit: 0 },
    workerSeconds: 1800,
    worker: { platform: "aws", type: "c7i.xlarge" },
    packages: `packages/devel/${key}.json`,
  };
}

export const NOW = new Date("2025-06-17T09:30:12Z");

/** The ledger after a run that succeeded, as the next one reads it from the outputs. */
export function ledgerAfter(
  planned: Plan,
  before: readonly LedgerEntry[] = [],
  builtAt = NOW.toISOString(),
): LedgerEntry[] {
  const entries = planned.generations.map((generation) => {
    const old = before.find(({ id }) => id === generation.id);
    return succeeded(generation, old?.builtAt ?? builtAt);
  });
  return parseLedger(JSON.parse(JSON.stringify(entries)));
}

/** The same source with another content. */
export function changed(hash: string): Identity {
  return { ...identity, source: { ...identity.source, hash: hash.repeat(64) } as Identity["source"] };
}

function target(raw: unknown): TargetSettings {
  return targetSchema({}).parse(raw);
}
