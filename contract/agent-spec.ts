/** What a worker is asked to do: the file that the operator's side writes into the folder of a job, and the agent reads. */
import type { DiskEncoding } from "./bodies";
import type { DiskBuilder } from "./disk-builder";
import type { BuildOptions } from "./build-options";
import type { CommitRecord, WorkerKind } from "./commit-record";

/** Its name in the folder of a job. */
export const SPEC_FILE = "spec.json";

/** Where the worker finds a registry: podman's `registries.conf` entry `prefix` -> `location`. */
export interface RegistryMirror {
  /** As written in image references, e.g. `127.0.0.1:15000`. */
  readonly prefix: string;
  /** As the worker reaches it, e.g. `10.0.2.2:15000`. */
  readonly location: string;
  /** Plain http, or a certificate that no authority signed. */
  readonly insecure: boolean;
}

/** What the image is made from: a Containerfile and its folder, or an image that exists. */
export type AgentSource =
  | {
      readonly kind: "context";
      /** Absolute path on the worker of a tar file with the build context. */
      readonly archive: string;
      /** sha256 of that file, hex: of what was packed on the operator's machine. */
      readonly sha256: string;
      /** Path of the Containerfile inside the context. */
      readonly containerfile: string;
      readonly buildArgs: Readonly<Record<string, string>>;
      /**
       * What the Containerfile builds on, by reference as it is written there, ARGs filled in: the same image with the
       * digest that the build key was made from. A tag that moves while the worker starts does not change the build.
       */
      readonly pins: Readonly<Record<string, string>>;
      /** Name of the stage that is built. @default the last one */
      readonly target?: string;
      /** How it is built. @default as `optionArgs` says */
      readonly options?: BuildOptions;
      /** Line of the Containerfile's first heredoc, which old podman does not know. @default it has none */
      readonly heredocLine?: number;
    }
  | {
      readonly kind: "image";
      /** Reference with a digest, `registry/name@sha256:...`. */
      readonly reference: string;
    };

/** The raw disk as one zstd stream, an object in the store: presigned, so that the worker holds no credentials for it. */
export interface ArchiveUpload {
  readonly format: "raw.zst";
  /** Object key in the store. */
  readonly object: string;
  /** Presigned PUT URL. Secret. */
  readonly url: string;
}

/**
 * The raw disk, block by block, in a snapshot that was started and is completed by others. The credentials are in
 * the job's folder, `credentials.json`: they are renewed while the agent runs, see `agent feed`.
 */
export interface BlocksUpload {
  readonly format: "blocks";
  readonly region: string;
  /** `snap-...`, pending. */
  readonly snapshotId: string;
  /** Size of the snapshot's volume; a larger disk is refused. */
  readonly volumeGib: number;
  /** Every block is put, zeros too: what an encrypted snapshot lacks does not read as zeros. @default false */
  readonly encrypted?: boolean;
  /** Base URL that the blocks are put to, as the worker reaches it. @default Amazon's of the region */
  readonly endpoint?: string;
}

/**
 * The whole disk in an encoding of the receiver's, sent there by HTTP PUT. Where to, and with which headers, is asked for when
 * there is something to send: see `agent feed` and `Grant`.
 */
export interface PutUpload {
  readonly format: "put";
  /** Names it among the job's, and in the record: letters, digits, dots and dashes. */
  readonly name: string;
  readonly encoding: DiskEncoding;
  /** What takes it, as the platform knows that: an id of an image. Another one has nothing yet. */
  readonly receiver: string;
  /** Size of all requests but the last, bytes, where the receiver takes parts. @default one request has all */
  readonly partBytes?: number;
}

/** What a platform has begun and the worker fills. */
export type FormUpload = BlocksUpload | PutUpload;

/** One format of the disk in one place. */
type AgentUpload = ArchiveUpload | FormUpload;

export interface AgentSpec {
  readonly version: 1;
  /** Build key, 64 hex digits: the identity of the disk; also written into the image. */
  readonly key: string;
  /** `uname -m` that the worker must answer. */
  readonly arch: string;
  readonly source: AgentSource;
  readonly registries: readonly RegistryMirror[];
  /** Authorities, PEM, that registries are checked with beside those that the machine trusts. @default none */
  readonly authorities?: readonly string[];
  /** The image builder. */
  readonly builder: {
    /** How it is called. @default bootc-image-builder */
    readonly kind?: DiskBuilder;
    /** Image reference, with a digest where it is to be pinned. */
    readonly image: string;
    /** File system, or `image`: what the image itself says. */
    readonly rootfs: string;
    /** More arguments, e.g. `--use-librepo=True`. */
    readonly args: readonly string[];
    /** Text of the image builder's configuration (image-builder calls it a blueprint), mounted at /config.toml or /config.json. */
    readonly config?: string;
    /** The builder goes by the ending of the name. @default toml */
    readonly configFormat?: "json" | "toml";
  };
  /** One `raw.zst`, and at most one `blocks` for each region and one `put` of each name. */
  readonly uploads: readonly AgentUpload[];
  /** Where the list of the image's packages goes. @default it is not made */
  readonly packages?: {
    readonly object: string;
    /** Presigned PUT URL. Secret. */
    readonly url: string;
  };
  /** The commit record, written last. */
  readonly record: {
    readonly object: string;
    /** Presigned PUT URL. Secret. */
    readonly url: string;
  };
  /** What the worker is, for the record: `{platform: "aws", type: "c7i.xlarge"}`. */
  readonly worker: WorkerKind;
  /** Block device to format and mount on /var/lib/containers, e.g. `/dev/disk/by-id/virtio-scratch`; one `*` may stand for any text. */
  readonly scratchDevice?: string;
  /** Free space needed in /var/lib/containers before anything starts, GiB. */
  readonly needGib: number;
  /** After so many minutes the agent stops its work and, on a worker of our own, powers the machine off. */
  readonly lifetimeMinutes: number;
  /** False on a machine that was there before (platform ssh): never power that off, never remount its folders. */
  readonly ownMachine: boolean;
}

/** Is everything that was stored where the spec wants it? */
export function holdsAll(
  { objects, snapshots }: Pick<CommitRecord, "objects" | "snapshots">,
  { uploads, packages }: AgentSpec,
): boolean {
  const holds = (upload: AgentUpload): boolean => {
    switch (upload.format) {
      case "raw.zst":
        return objects[upload.format]?.object === upload.object;
      case "blocks":
        return snapshots?.[upload.region]?.snapshotId === upload.snapshotId;
      case "put":
        // Who finishes it makes it from the store where the worker could not.
        return true;
    }
  };
  return uploads.every(holds) && (packages === undefined || objects["packages.json"]?.object === packages.object);
}
