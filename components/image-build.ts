/** One disk image of one architecture: built on a worker that exists only for that, and owned while it is kept. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FINAL_BUILD_ERROR, type CommitRecord } from "../agent/spec";
import type { Disk } from "../infra/platform";
import { snapshotSpec, type PlaceSpec, type SnapshotSpec } from "../infra/specs";
import type { Arch } from "../infra/words";
import { Artifact, EphemeralStack, type Store } from "../provider";
import type { WorkerJob } from "./jobs";
import type { DiskFacts } from "./plan";
import { finishedSnapshot } from "./snapshots";

export interface ImageBuildArgs {
  readonly arch: Arch;
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** What the worker stack is to do; absent for an older generation, whose disk must be in the store. */
  readonly job?: pulumi.Input<WorkerJob>;
  /** The commit record in the store. */
  readonly record: pulumi.Input<string>;
  /** Snapshots of the disk to be there, one a region. @default none */
  readonly snapshots?: readonly SnapshotSpec[];
  readonly store: Store;
  /** How often a worker is tried. @default 2 */
  readonly attempts?: number;
  /** Until the build counts as hung. */
  readonly timeoutMinutes: number;
  /** Leave a failed worker running, to look at. @default false */
  readonly keepOnFailure?: boolean;
}

/** What a second attempt goes on with: the commands that follow the detached agent, and what only the state holds. */
const CONTINUES = [
  "command:remote:Command",
  "command:remote:CopyToRemote",
  "builders:index:EbsCredentials",
  "builders:index:EbsUpload",
  "builders:index:SshKey",
  "builders:index:SshReady",
];

export class ImageBuild extends pulumi.ComponentResource {
  /** The commit record, once the disk is in the store. */
  readonly artifact: pulumi.Output<CommitRecord>;
  /** What the ledger keeps of it. */
  readonly facts: pulumi.Output<DiskFacts>;
  /** The same with the snapshot that is there now, by region: what is made from a snapshot waits for that alone. */
  private readonly withSnapshot: ReadonlyMap<string, pulumi.Output<Disk>>;

  constructor(name: string, args: ImageBuildArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:ImageBuild", name, {}, opts);
    const child = { parent: this };
    const { key, record: object, store } = args;

    const worker = new EphemeralStack(
      `${name}-worker`,
      {
        program: programFolder("worker"),
        key,
        config: { job: args.job ?? null },
        attemptKey: "attempt",
        record: { store, object },
        attempts: args.attempts ?? 2,
        continues: CONTINUES,
        finalErrors: [FINAL_BUILD_ERROR],
        supersedes: `build-${args.arch}-*-worker`,
        timeoutMinutes: args.timeoutMinutes,
        keepOnFailure: args.keepOnFailure ?? false,
      },
      child,
    );
    const record = worker.outputs.apply((outputs) => outputs["artifact"] as CommitRecord);
    const owner = new Artifact(`${name}-artifact`, { store, key, record: object, objects: record.objects }, child);

    // Nothing uses the disk before somebody owns it.
    this.artifact = pulumi.all([record, owner.id]).apply(([value]) => value);
    this.facts = pulumi.all([this.artifact, worker.seconds]).apply(([value, seconds]) => diskFacts(value, seconds));
    this.withSnapshot = new Map(
      (args.snapshots ?? []).map((spec) => {
        const { region } = spec;
        const wanted = { spec, key, arch: args.arch, store };
        return [region, finishedSnapshot(`${name}-snapshot-${region}`, this.artifact, wanted, child)];
      }),
    );
    this.registerOutputs({ artifact: this.artifact });
  }

  /** The disk as an image in this place is made from it; one cloud's trouble holds up no other's. */
  diskFor(place: PlaceSpec): pulumi.Output<Disk> {
    const region = snapshotSpec(place)?.region;
    return (region === undefined ? undefined : this.withSnapshot.get(region)) ?? this.artifact;
  }
}

function diskFacts(record: CommitRecord, workerSeconds: number): DiskFacts {
  const { builtAt, disk, objects, imageDigest, seconds, worker } = record;
  const packages = objects["packages.json"]?.object;
  return {
    builtAt,
    ...disk,
    storedBytes: Object.values(objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    imageDigest,
    seconds,
    workerSeconds,
    worker,
    ...(packages === undefined ? {} : { packages }),
  };
}

/** Folder of an inner program, beside this one's in any checkout. */
export function programFolder(name: "worker" | "boot-check"): string {
  return path.join(__dirname, "..", "stacks", name);
}
