/**
 * Where a disk comes from: an in-toto statement with SLSA's predicate, kept in the store with the commit record.
 * Sources: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance.
 */
import type { WorkerKind } from "./commit-record";

/** SLSA's `ResourceDescriptor`, as far as it is used. */
export interface Descriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string | boolean>>;
}

/** What the operator's side knows when it orders a build. */
export interface ProvenanceOrder {
  /** Identity of the stack that it is built for. */
  readonly stack: string;
  /** Who started the run: a person at a machine, or a job of CI by its address. */
  readonly startedBy: string;
  /** What the settings ask for, as the build key has it. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Commit of the source, bases, image builder: each by digest. */
  readonly dependencies: readonly Descriptor[];
}

/** What the worker knows when it has built. */
export interface ProvenanceMade {
  /** Object in the store, and the sha256 of the raw disk in it. */
  readonly object: string;
  readonly sha256: string;
  readonly key: string;
  readonly arch: string;
  readonly worker: WorkerKind;
  /** RFC 3339, UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
  /** What came of it beside the disk. */
  readonly byproducts: readonly Descriptor[];
}

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";

export function provenanceStatement(order: ProvenanceOrder, made: ProvenanceMade) {
  const { object, sha256, key, arch, worker, startedOn, finishedOn, byproducts } = made;
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: object, digest: { sha256 } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: "urn:copr-builders:disk:v1",
        externalParameters: order.parameters,
        internalParameters: { buildKey: key, arch, worker, startedBy: order.startedBy },
        resolvedDependencies: order.dependencies,
      },
      runDetails: {
        builder: { id: `urn:copr-builders:stack:${order.stack}` },
        metadata: { invocationId: key, startedOn, finishedOn },
        byproducts,
      },
    },
  };
}
