/** What a finished build says of itself: written by a worker, kept in the store, read by everybody else. */

import type { StoredBody } from "./bodies";
import type { DiskData } from "./disk-data";
import type { FirstBoot } from "./first-boot";

/** What an agent does, in this order. */
export const STEPS = ["prepare", "build", "disk", "upload", "commit"] as const;
export type StepName = (typeof STEPS)[number];

/** What a worker was: what its time costs depends on it. */
export interface WorkerKind {
  readonly platform: string;
  /** As the platform names machines: an instance type, a profile, a flavor; else its size. */
  readonly type: string;
}

/** One installed package; several versions of one may be. The object `packages.json` is a sorted list of these. */
export interface PackageVersion {
  readonly name: string;
  /** As the package manager writes it, e.g. `5.2.37-1.fc42.x86_64`. */
  readonly version: string;
}

/** One object in the store, as the commit record names it. */
export interface StoredObject {
  readonly object: string;
  readonly sizeBytes: number;
  /** Of its bytes, hex: of documents, which are read whole. Absent of a disk, and in records of versions before. */
  readonly sha256?: string;
}

/** A document, which is read whole. */
export type StoredDocument = StoredObject & { readonly sha256: string };

/** A snapshot that has every block of the disk and waits for CompleteSnapshot. */
export interface StoredSnapshot {
  readonly snapshotId: string;
  readonly volumeGib: number;
  /** Blocks that were put. */
  readonly changedBlocks: number;
  /** sha256 of the blocks' raw digests in the order of their indexes, base64. */
  readonly checksum: string;
}

/**
 * The commit record, `builds/STACK/KEY.json`: also the agent's result and the output `artifact` of the worker stack.
 * If it is there and its objects are, the build is done.
 */
export interface CommitRecord {
  readonly version: 1;
  readonly key: string;
  readonly arch: string;
  readonly disk: {
    /** Virtual size of the raw disk, bytes. */
    readonly sizeBytes: number;
    /** Bytes that are not in a hole. */
    readonly dataBytes: number;
    /** sha256 of the whole raw disk, holes read as zeros: what `sha256sum disk.raw` prints. */
    readonly sha256: string;
    /** Absent of a disk without holes, and in records of versions before. */
    readonly data?: DiskData;
  };
  /** By format: `raw.zst`, `packages.json`. */
  readonly objects: Readonly<Record<string, StoredObject>>;
  /** By region. */
  readonly snapshots?: Readonly<Record<string, StoredSnapshot>>;
  /** By name of the upload. */
  readonly bodies?: Readonly<Record<string, StoredBody>>;
  /** Why not, in at most 200 printable characters, by name of the upload: these are made from the store. */
  readonly notSent?: Readonly<Record<string, string>>;
  readonly worker: WorkerKind;
  /** How the disk booted before it was sent. @default nobody asked for it */
  readonly firstBoot?: FirstBoot;
  /** Digest of the OCI image that the disk was made from (the image with the build key added). */
  readonly imageDigest: string;
  /** RFC 3339, UTC. */
  readonly builtAt: string;
  /** Seconds that each step took, in whichever run it was done; `commit` is 0: it is the writing of this record. */
  readonly seconds: Readonly<Record<StepName, number>>;
}
