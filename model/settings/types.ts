/** The settings as the rest of the program sees them: checked, complete, typed. */
import type { BuildOptions } from "../../contract/build-options";
import type { DiskBuilder } from "../../contract/disk-builder";
import type { FirstBootMode } from "../../contract/first-boot";
import type { RegistryMirror } from "../../contract/agent-spec";
import type { TargetSettings, WorkerSpec } from "../../infra/specs";
import type { Tempers } from "../../infra/temper";
import type { Arch } from "../../infra/words";
import type { Store } from "../../provider/store";
import type { Selection } from "../plan/selection";

/** What a Containerfile finds under a name of its own. */
export type NamedContextSettings =
  | {
      readonly kind: "folder";
      /** Absolute, or relative to the project. */
      readonly folder: string;
    }
  | {
      readonly kind: "image";
      /** With its registry. */
      readonly reference: string;
    };
/** Whose images workers pull, as podman knows that. */
export interface SignatureSettings {
  /** A policy.json, absolute or relative to the project; keys that it names are read here. */
  readonly policy: string;
  /** Folder of registries.d: where signatures are. @default the registries' own */
  readonly registriesD?: string;
}

/** What images are made from. */
export type SourceSettings =
  | {
      readonly kind: "context";
      /** Folder with the build context, absolute or relative to the project. */
      readonly context: string;
      /** Absolute, or relative to that folder; it may be outside of it. */
      readonly containerfile: string;
      readonly buildArgs: Readonly<Record<string, string>>;
      /** Name of the stage that is built. @default the last one */
      readonly target?: string;
      /** How podman builds it; part of the build key. @default as `BuildOptions` says of each */
      readonly options?: BuildOptions;
      /** By the name that the Containerfile has for it. @default none */
      readonly contexts?: Readonly<Record<string, NamedContextSettings>>;
      /** Ids of the secrets that `RUN --mount=type=secret` is served; what they are stays in the configuration. @default none */
      readonly secrets?: readonly string[];
      /** @default as each worker's own policy.json says, which takes all */
      readonly signatures?: SignatureSettings;
    }
  | {
      readonly kind: "image";
      /** Reference of an OCI image that exists. */
      readonly image: string;
      /** @default as each worker's own policy.json says, which takes all */
      readonly signatures?: SignatureSettings;
    };

/** How a disk is made from the image: what the image builder is called with. */
export interface DiskSettings {
  readonly builder: {
    readonly image: string;
    /** How it is called. @default image-builder for osbuild/image-builder of any registry, else bootc-image-builder */
    readonly kind: DiskBuilder;
    /**
     * Architectures whose workers install it from their distribution instead. @default ppc64le and s390x for osbuild's
     * image-builder, whose container is there for the other two alone; else none
     */
    readonly packaged: readonly Arch[];
  };
  readonly rootfs: string;
  readonly args: readonly string[];
  /** File with its configuration, absolute or relative to the project. */
  readonly config?: string;
  /** Free space that a worker must have in /var/lib/containers before it starts, GiB. */
  readonly needGib: number;
}

export interface ArchitectureSettings {
  readonly worker: WorkerSpec;
  /** Machines that stand in, in this order, where the ones before can't be had. @default none */
  readonly spares?: readonly WorkerSpec[];
  /** Names of targets. */
  readonly publish: readonly string[];
}

export interface BootCheckSettings {
  /** Boots of each image in each place: some faults show in few boots of many. */
  readonly boots: number;
  /** For all boots of one image in one place. */
  readonly timeoutMinutes: number;
  /** Shell commands that must succeed as root on each booted machine. */
  readonly checks: readonly string[];
}

/** Commit records are signed, or have to be. The private key stays in the configuration. */
export interface SigningSettings {
  /** Public keys, PEM or 32 bytes in base64; of a stack that builds those beside its own. */
  readonly trusted: readonly string[];
}

/** A stack that builds. */
export interface BuildSettings {
  readonly mode: "build";
  readonly source: SourceSettings;
  readonly disk: DiskSettings;
  readonly store: Store;
  /** Registries that are not plainly reached over https under their own name, from here or from workers. */
  readonly registries: readonly RegistryMirror[];
  readonly architectures: Readonly<Partial<Record<Arch, ArchitectureSettings>>>;
  readonly targets: Readonly<Record<string, TargetSettings>>;
  /** Places that may not hold up a run. @default every place is required */
  readonly tempers?: Tempers;
  readonly bootCheck: BootCheckSettings;
  readonly keepGenerations: number;
  /** Absent: time alone never rebuilds. */
  readonly rebuildAfterDays?: number;
  readonly buildTimeoutMinutes: number;
  readonly attempts: number;
  readonly keepOnFailure: boolean;
  /** Each disk is booted on its worker before it is sent; `auto`: where that has KVM and qemu. */
  readonly firstBoot: FirstBootMode;
  /** Identity of a stack whose state was lost, for this one to take its things over. @default one of its own */
  readonly identity?: string;
  /** Stacks that promote from this one: a generation that one of them uses is never deleted. */
  readonly promotedBy: readonly string[];
  /** Sign commit records, and take only signed ones. @default neither */
  readonly signing?: SigningSettings;
  /** Do only this in this run; empty: everything. */
  readonly only: Selection;
  /** Files that may hold registry credentials, the first that names a registry wins. */
  readonly authFiles: readonly string[];
  /** What registries are asked through, from here. */
  readonly proxies: { readonly https?: string; readonly http?: string; readonly no?: string };
  /** Folder for what is known of the files of contexts from one run to the next. @default nothing is kept */
  readonly contextCache?: string;
  /** Folders with certificates of single registries, and files with further authorities. */
  readonly certificates: { readonly folders: readonly string[]; readonly authorities: readonly string[] };
}

/** A stack that builds nothing: it takes over a generation of another stack, once that has proved itself. */
export interface PromoteSettings {
  readonly mode: "promote";
  readonly promote: {
    /** The stack that builds. */
    readonly from: string;
    /** Days that a generation must have been there before it is taken. */
    readonly soakDays: number;
    /** This generation and no other: to go back, or to go ahead. */
    readonly generation?: string;
    /** Take the named generation though it has not soaked. */
    readonly skipSoak: boolean;
    /** Entries of the output `images` that a generation must have to be taken: `aws.x86_64`, or all below `aws`. */
    readonly needs: readonly string[];
  };
  /** Take only what one of these keys has signed. @default whatever the other stack has built */
  readonly signing?: SigningSettings;
  /** Generations in the outputs: the one in use, and those used before. */
  readonly keepGenerations: number;
}

export type Settings = BuildSettings | PromoteSettings;

/** Settings as they are written: keys without namespace, values as JSON has them. */
export type RawSettings = Readonly<Record<string, unknown>>;
