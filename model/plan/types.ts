/** The plan: plain data that says what there is to be, and that the ledger keeps of each generation. */
import type { BuildOptions } from "../../contract/build-options";
import type { FirstBoot } from "../../contract/first-boot";
import type { DiskBuilder } from "../../contract/disk-builder";
import type { WantedForm } from "../../infra/forms";
import type { FormSpec, PlaceSpec } from "../../infra/specs";
import type { Arch } from "../../infra/words";

/** Version of the plain data below; a ledger of another version is refused, never guessed at. */
export const PLAN_VERSION = 1;

/** Something named by a reference that may move, and the digest it stood for when we looked. */
export interface Pinned {
  /** As written: `quay.io/fedora/fedora-bootc:42`. */
  readonly reference: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** A folder, as `SourceIdentity` has it, or an image whose digest is in `from`. */
export type ContextIdentity = { readonly folder: string; readonly hash: string } | { readonly image: string };

/** A folder with a Containerfile, or an image that exists. */
export type SourceIdentity =
  | {
      readonly kind: "context";
      /** The folder as the settings name it; for people, not part of the build key. */
      readonly context: string;
      /** sha256 over every file that the build can see, hex. */
      readonly hash: string;
      readonly containerfile: string;
      readonly buildArgs: Readonly<Record<string, string>>;
      /** Name of the stage that is built. @default the last one */
      readonly target?: string;
      /** How it is built; absent where nothing is set. */
      readonly options?: BuildOptions;
      /** What the Containerfile takes from by a name of its own; absent where there is nothing. */
      readonly contexts?: Readonly<Record<string, ContextIdentity>>;
    }
  | ({ readonly kind: "image" } & Pinned);

/** All that decides the bytes of the disks but architecture and refresh counter: what one run found. */
export interface Identity {
  /** Version of how build keys are made. */
  readonly keyVersion: number;
  readonly source: SourceIdentity;
  /** Digests of the images that the Containerfile builds on, by reference; empty for a source image. */
  readonly from: Readonly<Record<string, string>>;
  /** How the disk is made from the image. */
  readonly recipe: {
    readonly builder: Pinned;
    /** How the image builder is called. @default bootc-image-builder */
    readonly kind?: Exclude<DiskBuilder, "bootc-image-builder">;
    /** Architectures whose workers have it as a package; absent where all take the container. */
    readonly packaged?: readonly Arch[];
    readonly rootfs: string;
    readonly args: readonly string[];
    /** Text of the image builder's configuration. */
    readonly config?: string;
  };
}

/** One image in one place. */
export interface PlacePlan {
  /** Name of the target in the settings. */
  readonly target: string;
  /** `TARGET/PLACE`, and `/ARCH` where a place takes several; unique in its generation: `hypervisor/vmhost-01`. */
  readonly id: string;
  /** Where its id stands in the output `images`: `["ibm_cloud", "br_sao", "s390x"]`. */
  readonly outputPath: readonly string[];
  readonly spec: PlaceSpec;
  /**
   * What the place is, however the settings call it (`PlaceView.identity`): part of the names of its resources. Absent where
   * nobody could look yet, and in ledgers of the version before.
   */
  readonly identity?: string;
  /** Token of the run that last had to make this image again; absent if none had to. */
  readonly remade?: string;
  /** Its image was there before the state: the resource is the image as it is, whatever that was made from. */
  readonly takenOver?: true;
  /** Id of the place of the same image that this one is copied from; absent where it is made from the disk itself. */
  readonly copyOf?: string;
}

/** One architecture of a generation. */
export interface ImagePlan {
  readonly arch: Arch;
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** `copr-builder-ARCH-gN-KEY8` */
  readonly name: string;
  readonly places: readonly PlacePlan[];
  /** What it must pass in each place. */
  readonly boot: {
    readonly boots: number;
    /** For all boots of one place together. */
    readonly timeoutMinutes: number;
    readonly checks: readonly string[];
  };
}

/** What a place has of an older generation. */
export interface OlderImage {
  /** `g1` */
  readonly generation: string;
  /** As the place calls it. */
  readonly imageId: string;
  /** Id of the place in that generation: names change. */
  readonly publishedIn: string;
}

/** A place that a generation is whole without: paused, or best-effort and not reached. */
export interface PlaceBehind {
  readonly arch: Arch;
  /** As the settings have it. */
  readonly place: PlacePlan;
  /** As people say it, UTC. Absent where it is best-effort and was not reached. */
  readonly until?: string;
  readonly reason: string;
  /** What it has meanwhile; absent if it never had an image. */
  readonly older?: OlderImage;
}

/** The images of all architectures from one source. */
export interface GenerationPlan {
  readonly version: typeof PLAN_VERSION;
  /** `g1`, `g2`, ... */
  readonly id: string;
  readonly number: number;
  /** What it was made from, to explain the next change. */
  readonly identity: Identity;
  /** Counts the rebuilds that happened only because time had passed. */
  readonly refresh: number;
  readonly images: readonly ImagePlan[];
  /** Places that it is whole without, those with younger images first. @default none */
  readonly behind?: readonly PlaceBehind[];
}

/** What is known of one disk, from its commit record. */
export interface DiskFacts {
  /** RFC 3339, UTC. */
  readonly builtAt: string;
  /** Virtual size, bytes. */
  readonly sizeBytes: number;
  /** Bytes that are not in a hole. */
  readonly dataBytes: number;
  /** Bytes of its objects in the store. */
  readonly storedBytes: number;
  /** sha256 of the whole raw disk, hex. */
  readonly sha256: string;
  /** Digest of the OCI image that it was made from. */
  readonly imageDigest: string;
  /** Seconds that each step of the build took. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Seconds that the worker was there for it; 0 if the disk was found done, after a killed run. */
  readonly workerSeconds: number;
  /** What the worker was, as its platform names machines. */
  readonly worker: { readonly platform: string; readonly type: string };
  /** How it booted before it was sent; absent where nobody asked, and in versions before. */
  readonly firstBoot?: FirstBoot;
  /** Object in the store that lists the installed packages. */
  readonly packages?: string;
  /** sha256 of the commit record as it was signed, hex; absent where records are not signed. */
  readonly recordSha256?: string;
  /** Folder of its objects in the store: the stack's identity. @default the stack's name, as in the version before */
  readonly folder?: string;
}

/** A generation that succeeded, as the output `generations` keeps it. */
export interface LedgerEntry extends GenerationPlan {
  /** When its youngest disk was built: RFC 3339, UTC. */
  readonly builtAt: string;
  /** What each place calls its image, by the id of the place. */
  readonly published: Readonly<Record<string, string>>;
  /** Seconds from power-on to a running system, one number a boot, by the id of the place. */
  readonly bootSeconds: Readonly<Record<string, readonly number[]>>;
  /** Seconds that publishing took, by the id of the place; only where it is known. */
  readonly publishSeconds: Readonly<Record<string, number>>;
  /** The disks that the images are made from, by build key. */
  readonly disks: Readonly<Record<string, DiskFacts>>;
}

/** One disk to be there. */
export interface BuildPlan {
  readonly arch: Arch;
  readonly key: string;
  /** Forms of it to be there too. */
  readonly forms: readonly FormPlan[];
}

/** A form of a disk: what images are made from where the object in the store will not do. */
export interface FormPlan extends WantedForm<FormSpec> {
  /** Platform and where: equal ids are one form. */
  readonly id: string;
  /** Where it is kept, as the platform says it: a region. */
  readonly where: string;
}

/** A place that a run leaves alone. */
export interface PausedPlace {
  /** Name of its target in the settings. */
  readonly target: string;
  /** As the settings have it now. */
  readonly spec: PlaceSpec;
  /** Path of the place in the settings. */
  readonly path: readonly (string | number)[];
  /** Absent where it was not reached. */
  readonly until?: string;
  readonly reason: string;
}

export interface Plan {
  /** `new`: the first of `generations` is to be made. `unchanged`: it stands, perhaps in other places. */
  readonly action: "new" | "unchanged";
  /** Why there is a new generation, for people; empty if unchanged. */
  readonly reasons: readonly string[];
  /** Generations to declare, newest first. */
  readonly generations: readonly GenerationPlan[];
  /**
   * `ARCH in PLACE` of what the settings want of the first generation and this run leaves out, by the setting `only` or because
   * a place was not reached. If it is new, it is not complete then: no output counts it among the generations.
   */
  readonly missing: readonly string[];
  /** Places that this run has to do without, though the generation waits for them. @default none */
  readonly down?: readonly PausedPlace[];
  /** Places that this run leaves alone. @default none */
  readonly paused?: readonly PausedPlace[];
  /** Architectures of the first generation that have no place left but paused ones. @default none */
  readonly stranded?: readonly Arch[];
  /** Every disk that the generations stand on, each once. */
  readonly builds: readonly BuildPlan[];
  /** Ids of generations that go. */
  readonly removed: readonly string[];
  /** When a rebuild is due though nothing changes; absent if never, or if one is due now. */
  readonly nextRefresh?: Date;
}
