/** What an image's tags say of where its disk comes from. */
import type { Disk } from "./platform";

export interface ProvenanceAt {
  /** `OBJECT@sha256:HEX`: its object in the store, and the sha256 of its bytes. */
  readonly at: string;
  readonly sha256: string;
}

/** Undefined for a build of a version before: tags that its images were made without are not put on later. */
export function provenanceOf({ objects }: Pick<Disk, "objects">): ProvenanceAt | undefined {
  const { object, sha256 } = objects["provenance.json"] ?? {};
  return object === undefined || sha256 === undefined ? undefined : { at: `${object}@sha256:${sha256}`, sha256 };
}
