/** The stack's outputs: what the pool manager's configuration is rendered from, and what the next run reads. */
import type { LedgerEntry } from "../plan/types";

/** Ids of images, nested as in `copr_builder_images`. */
export interface ImagesOutput {
  readonly [key: string]: string | ImagesOutput;
}

/** While it is built. */
interface Tree {
  [key: string]: string | Tree;
}

/**
 * The ids of a generation in the shape of the Ansible variable `copr_builder_images`:
 * `{aws: {x86_64: "ami-0..."}, hypervisor: {x86_64: "copr-builder-..."}, ibm_cloud: {br_sao: {s390x: "r042-..."}}}`.
 * Nothing where there is no such generation.
 */
export function imagesOutput(entry: LedgerEntry | undefined): ImagesOutput {
  const tree: Tree = {};
  for (const place of entry?.images.flatMap((image) => image.places) ?? []) {
    const id = entry?.published[place.id];
    if (id === undefined) throw new Error(`${entry?.id} has no image in ${place.id}; its outputs would be half of it`);
    insert(tree, place.outputPath, id);
  }
  return tree;
}

/** The ledger as the next run reads it: newest first, plain data. */
export function generationsOutput(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return [...entries].sort((a, b) => b.number - a.number);
}

function insert(tree: Tree, path: readonly string[], id: string): void {
  const steps = [...path];
  const last = steps.pop();
  if (last === undefined) throw new Error(`an image has no place in the outputs (id ${id})`);
  let branch = tree;
  for (const step of steps) {
    const next = Object.hasOwn(branch, step) ? branch[step] : undefined;
    if (typeof next === "string") throw conflict(path, next, id);
    branch = branch[step] = next ?? {};
  }
  const there = Object.hasOwn(branch, last) ? branch[last] : undefined;
  // Hypervisors share one entry: the volume has the same name on each of them.
  if (there !== undefined && there !== id) throw conflict(path, there, id);
  branch[last] = id;
}

function conflict(path: readonly string[], there: string | Tree, id: string): Error {
  const both = `${JSON.stringify(there)} and ${JSON.stringify(id)}`;
  return new Error(`two images want the same place in the outputs, images.${path.join(".")}: ${both}`);
}
