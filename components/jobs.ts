/** What the inner programs are asked to do: plain data that crosses from the outer stack as their one setting. */
import type { AgentSource, AgentSpec, RegistryMirror } from "../contract/agent-spec";
import type { WorkerContext } from "../contract/named-contexts";
import type { FirstBootOrder } from "../contract/first-boot";
import type { ProvenanceOrder } from "../contract/provenance";
import type { SignaturePolicy } from "../contract/signature-policy";
import type { FormSpec, PlaceSpec, WorkerSpec } from "../infra/specs";
import type { Arch } from "../infra/words";
import type { Store } from "../provider";
import { storePath } from "../provider/store-folders";
import type { ExpectedFolder } from "../model/source";

/** The folder that an image is made from as the outer stack sees it, or an image that exists. */
export type JobSource =
  | (Omit<Extract<AgentSource, { kind: "context" }>, "archive" | "sha256" | "folder" | "contexts"> &
      // The context that the build key was made from: what the folder must still hold when it is packed.
      ExpectedFolder & {
        /** What the Containerfile finds under names of its own: folders here, or images. @default nothing */
        readonly contexts?: Readonly<Record<string, JobContext>>;
      })
  | Extract<AgentSource, { kind: "image" }>;

export type JobContext = ({ readonly kind: "folder" } & ExpectedFolder) | Extract<WorkerContext, { kind: "image" }>;

export interface WorkerJob {
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly arch: Arch;
  readonly worker: WorkerSpec;
  /** Machines that stand in, in this order, where the ones before can't be had. @default none */
  readonly spares?: readonly WorkerSpec[];
  readonly store: Store;
  readonly objects: BuildObjects;
  readonly source: JobSource;
  readonly registries: readonly RegistryMirror[];
  /** Whose images it pulls. @default as its own policy.json says */
  readonly signatures?: SignaturePolicy;
  /** PEM, as in the order. @default none */
  readonly authorities?: readonly string[];
  readonly builder: AgentSpec["builder"];
  /** The disk is booted where it was built. @default it is not */
  readonly firstBoot?: Omit<FirstBootOrder, "script"> & Pick<BootJob, "checks">;
  /** What is to be said of where the disk comes from. */
  readonly provenance: ProvenanceOrder;
  /** Free space needed for containers before anything starts, GiB. */
  readonly needGib: number;
  /** Forms that the disk is written in too, of each platform those with one access; the object in the store is always written. */
  readonly forms: readonly FormSpec[];
  /** How often each worker is tried at most. */
  readonly attempts: number;
  /** Name of the stack that the build is for. */
  readonly stack: string;
  /** Identity of that stack: whatever the worker's program makes bears it. */
  readonly identity: string;
}

export interface BootJob {
  /** Build key that the booted machine must show, 64 hex digits. */
  readonly key: string;
  readonly arch: Arch;
  /** As the place knows the image: a volume name, an AMI id. */
  readonly imageId: string;
  readonly place: PlaceSpec;
  /** So many minutes after their boots the machines power themselves off. */
  readonly lifetimeMinutes: number;
  /** How many machines are started, each from a fresh copy. */
  readonly boots: number;
  /** Shell commands that must succeed as root on each of them. */
  readonly checks: readonly string[];
  /** Name of the stack whose image it is. */
  readonly stack: string;
  /** Identity of that stack. */
  readonly identity: string;
}

/** Where in the store one build goes. */
export interface BuildObjects {
  readonly disk: string;
  /** The list of what is installed. */
  readonly packages: string;
  /** The same as SPDX. */
  readonly sbom: string;
  /** Where the disk comes from. */
  readonly provenance: string;
  /** The commit record. */
  readonly record: string;
}

/**
 * Objects of one build: named by owner and key, so that a build that is done is found again.
 * @param folder the stack's identity; the stack's name for builds from before stacks had one
 */
export function buildObjects(folder: string, key: string): BuildObjects {
  return {
    disk: storePath("disks", folder, `${key}.raw.zst`),
    packages: storePath("packages", folder, `${key}.json`),
    sbom: storePath("packages", folder, `${key}.spdx.json`),
    provenance: storePath("packages", folder, `${key}.provenance.json`),
    record: storePath("builds", folder, `${key}.json`),
  };
}

/** What a record of the build may name, by format. */
export function storedObjects({ disk, packages, sbom, provenance }: BuildObjects): Readonly<Record<string, string>> {
  return { "raw.zst": disk, "packages.json": packages, "sbom.spdx.json": sbom, "provenance.json": provenance };
}
