/** One disk image of one architecture: built on a worker that exists only for that, and owned while it is kept. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FINAL_BUILD_ERROR } from "../contract/agent-result";
import type { BuildSecrets } from "../contract/build-secrets";
import type { CommitRecord } from "../contract/commit-record";
import type { LoginFile } from "../contract/registry-login";
import { workerAttempts, workerChoices } from "../infra/attempts";
import type { AnyParts, Disk } from "../infra/platform";
import { formOf, forms, type PlaceSpec, type PlatformName } from "../infra/specs";
import type { Arch } from "../infra/words";
import { Artifact, type Store } from "../provider";
import { signatureObject } from "../provider/signed-record";
import { readCommitRecord } from "../contract/schemas/commit-record";
import { recordSignature, type BuildSigning } from "./build-signing";
import { innerStackOf, ownedStack } from "./inner-stacks";
import { partsOf } from "./parts-of";
import { buildObjects, storedObjects, type WorkerJob } from "./jobs";
import type { DiskFacts, FormPlan } from "../model/plan";
import { CONTEXT_CHANGED } from "../model/source";

export interface ImageBuildArgs {
  readonly arch: Arch;
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** What the worker stack is to do; absent for an older generation, whose disk must be in the store. */
  readonly job?: pulumi.Input<WorkerJob>;
  /** What its worker pulls with. Secret, and no part of what the disk is. @default nothing */
  readonly logins?: pulumi.Input<LoginFile | undefined>;
  /** What its build is served. Secret, and no part of what the disk is. @default nothing */
  readonly buildSecrets?: pulumi.Input<BuildSecrets | undefined>;
  /** Identity of this stack: whose the disk is. */
  readonly identity: pulumi.Input<string>;
  /** Folder of its objects in the store: that identity, but for builds of the version before. */
  readonly folder: pulumi.Input<string>;
  /** Forms of the disk to be there. @default none */
  readonly forms?: readonly FormPlan[];
  /** What each platform of a form does. */
  readonly parts: ReadonlyMap<PlatformName, AnyParts>;
  readonly store: Store;
  /** Sign its record, and believe no other. @default neither */
  readonly signing?: BuildSigning;
  /** How often each worker is tried. @default 2 */
  readonly attempts?: number;
  /** Until the build counts as hung. */
  readonly timeoutMinutes: number;
  /** Leave a failed worker running, to look at. @default false */
  readonly keepOnFailure?: boolean;
}

/** The worker's settings that have them. */
export const LOGINS = "logins";
export const BUILD_SECRETS = "buildSecrets";

/** What fails where a machine is there and the build does not end well: another machine would not mend it. */
const WORK = [
  "command:remote:Command",
  "command:remote:CopyToRemote",
  ...forms().flatMap(({ continues }) => continues),
];

/**
 * What a second attempt goes on with: the commands that follow the detached agent, and what only the state holds. A machine that
 * let nobody in for ten minutes is not among it: it may never have booted, and another attempt of it ends as the first.
 */
export const CONTINUES: readonly string[] = [...WORK, "builders:index:SshKey"];

export class ImageBuild extends pulumi.ComponentResource {
  /** The commit record, once the disk is in the store. */
  readonly artifact: pulumi.Output<CommitRecord>;
  /** What the ledger keeps of it. */
  readonly facts: pulumi.Output<DiskFacts>;
  /** The same in each form, by its id: what is made from a form waits for that alone. */
  private readonly inForm: ReadonlyMap<string, pulumi.Output<Disk>>;

  constructor(name: string, args: ImageBuildArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("builders:index:ImageBuild", name, {}, opts);
    const child = { parent: this };
    const { key, arch, identity, folder, store } = args;
    const objects = pulumi.output(folder).apply((known) => buildObjects(known, key));
    const { record: object } = objects;

    const wanted = args.forms ?? [];
    const regions = wanted.map(({ where }) => where);
    const signature = pulumi.output(folder).apply((known) => signatureObject(known, key));
    const owned = {
      store,
      key,
      record: object,
      objects: objects.apply((all) => Object.values(storedObjects(all))),
      identity,
      regions,
    };
    const owner = new Artifact(`${name}-artifact`, owned, child);
    const worker = ownedStack(
      workerStack(name),
      {
        program: programFolder("worker"),
        key,
        ...innerStackOf(identity, store),
        config: { job: args.job ?? null },
        secrets: pulumi.all([args.logins, args.buildSecrets]).apply(([logins, buildSecrets]) => ({
          ...(logins === undefined ? {} : { [LOGINS]: logins }),
          ...(buildSecrets === undefined ? {} : { [BUILD_SECRETS]: buildSecrets }),
        })),
        attemptKey: "attempt",
        attemptNames: pulumi.output(args.job).apply((job) => (job ? workerAttempts(job, job.attempts) : [])),
        alternatives: pulumi.output(args.job).apply((job) => (job ? workerChoices(job).length : 1)),
        workTypes: WORK,
        record: {
          ...{ store, object, build: { key, arch, objects: objects.apply(storedObjects), identity } },
          ...(args.signing && { signed: { signature, trusted: args.signing.trusted } }),
        },
        attempts: args.attempts ?? 2,
        continues: CONTINUES,
        finalErrors: [FINAL_BUILD_ERROR, CONTEXT_CHANGED],
        supersedes: `build-${args.arch}-*-worker`,
        timeoutMinutes: args.timeoutMinutes,
        keepOnFailure: args.keepOnFailure ?? false,
      },
      // Nothing is stored before somebody owns it.
      { ...child, dependsOn: owner },
    );
    const checked = worker.outputs.apply((outputs) => readCommitRecord(outputs["artifact"], { key, arch }));
    const signed = recordSignature(name, { store, record: object, signature, artifact: checked }, args.signing, child);
    // What is published was signed before.
    this.artifact = pulumi.all([checked, signed.urn]).apply(([record]) => record);
    this.facts = pulumi
      .all([this.artifact, worker.seconds, folder, signed.recordSha256])
      .apply(([value, seconds, folder, recordSha256]) => ({
        ...diskFacts(value, seconds, folder),
        ...(recordSha256 === undefined ? {} : { recordSha256 }),
      }));
    this.inForm = new Map(
      wanted.map(({ id, ...one }) => {
        const { finish } = partsOf(args.parts, one.form.platform).form;
        const form = finish(name, this.artifact, one, { key, arch, store, identity }, child);
        return [id, pulumi.all([this.artifact, form]).apply(([record, form]) => ({ ...record, form }))];
      }),
    );
    this.registerOutputs({ artifact: this.artifact });
  }

  /** The disk as an image in this place is made from it; one cloud's trouble holds up no other's. */
  diskFor(place: PlaceSpec): pulumi.Output<Disk> {
    const form = formOf(place);
    return (form === undefined ? undefined : this.inForm.get(form.id)) ?? this.artifact;
  }
}

/** Name of the resource whose inner stack has the worker of a build. */
export function workerStack(build: string): string {
  return `${build}-worker`;
}

/** What the outputs keep of a disk: no more than `DiskFacts` says, since the next run refuses what it does not know. */
export function diskFacts(record: CommitRecord, workerSeconds: number, folder: string): DiskFacts {
  const { builtAt, disk, objects, imageDigest, seconds, worker, firstBoot } = record;
  const { sizeBytes, dataBytes, sha256 } = disk;
  const packages = objects["packages.json"]?.object;
  return {
    builtAt,
    ...{ sizeBytes, dataBytes, sha256 },
    storedBytes: Object.values(objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    imageDigest,
    seconds,
    workerSeconds,
    worker,
    ...(firstBoot === undefined ? {} : { firstBoot }),
    folder,
    ...(packages === undefined ? {} : { packages }),
  };
}

/** Folder of an inner program, beside this one's in any checkout. */
export function programFolder(name: "worker" | "boot-check"): string {
  return path.join(__dirname, "..", "stacks", name);
}
