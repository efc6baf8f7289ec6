/** What a worker is asked to do: the file that the operator's side writes into the folder of a job, and the agent reads. */
import type { DiskEncoding } from "./bodies";
import type { DiskBuilder } from "./disk-builder";
import type { BuildOptions } from "./build-options";
import type { WorkerContexts } from "./named-contexts";
import type { CommitRecord, WorkerKind } from "./commit-record";
import type { FirstBootOrder } from "./first-boot";
import type { ProvenanceOrder } from "./provenance";
import type { SignaturePolicy } from "./signature-policy";

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
      /** Folder of the archive that is the context, where something stands beside it. @default its top */
      readonly folder?: string;
      /** Path of the Containerfile in the archive. */
      readonly containerfile: string;
      /** What the Containerfile finds under names of its own. @default nothing */
      readonly contexts?: WorkerContexts;
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

/** One object that the worker may write. */
export interface PresignedObject {
  readonly object: string;
  /** Presigned PUT URL. Secret. */
  readonly url: string;
}

export interface AgentSpec {
  readonly version: 1;
  /** Build key, 64 hex digits: the identity of the disk; also written into the image. */
  readonly key: string;
  /** `uname -m` that the worker must answer. */
  readonly arch: string;
  readonly source: AgentSource;
  readonly registries: readonly RegistryMirror[];
  /** Whose images are pulled. @default as the worker's own policy.json says */
  readonly signatures?: SignaturePolicy;
  /** Authorities, PEM, that registries are checked with beside those that the machine trusts. @default none */
  readonly authorities?: readonly string[];
  /** The image builder. */
  readonly builder: {
    /** The worker's own is called instead: a package of its distribution, named as the kind is. @default the image is */
    readonly packaged?: true;
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
  /** The disk is booted before it is sent. @default it is not */
  readonly firstBoot?: FirstBootOrder;
  /** One `raw.zst`, and at most one `blocks` for each region and one `put` of each name. */
  readonly uploads: readonly AgentUpload[];
  /** Where the list of the image's packages goes. @default it is not made */
  readonly packages?: PresignedObject;
  /** Where it goes what the disk has in it and where it comes from. @default neither is written */
  readonly statements?: {
    /** The packages as SPDX. */
    readonly sbom: PresignedObject;
    /** SLSA's provenance, of what the operator's side knows and the worker measures. */
    readonly provenance: PresignedObject & { readonly order: ProvenanceOrder };
  };
  /** The commit record, written last. */
  readonly record: PresignedObject;
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
  { uploads, packages, statements }: AgentSpec,
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
  const small: Readonly<Record<string, PresignedObject | undefined>> = {
    "packages.json": packages,
    "sbom.spdx.json": statements?.sbom,
    "provenance.json": statements?.provenance,
  };
  const isThere = ([format, one]: [string, PresignedObject | undefined]): boolean =>
    one === undefined || objects[format]?.object === one.object;
  return uploads.every(holds) && Object.entries(small).every(isThere);
}
