/** An image that a worker fills, until an image of a generation is made of it. */
import { uploadNameOf } from "../../../../contract/bodies";
import type { Owner } from "../../../../provider/owner";
import { uuidOf } from "../marks";

/** Which disk, and whose: until then nothing else is known of it. */
export interface Build {
  readonly identity: string;
  /** Build key, 64 hex digits. */
  readonly key: string;
}

/** As it is marked. */
export function builderOf({ identity, key }: Build): Owner {
  return { identity, resource: `disk.${key}` };
}

/** Key of the build whose disk is marked so; undefined for any other resource. */
export function buildMarked(resource: string): string | undefined {
  return /^disk\.([0-9a-f]{64})$/.exec(resource)?.[1];
}

export function uploadImageId({ identity, key }: Build, machine: string, encoding: string, count: number): string {
  return uuidOf(["disk", identity, key, machine, encoding, count]);
}

/** What a worker puts into a project of a cloud. */
export function uploadName(where: string): string {
  return uploadNameOf("glance", where);
}
