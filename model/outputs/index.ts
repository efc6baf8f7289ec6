/** The stack's outputs: what the pool manager's configuration is rendered from, and what the next run reads. */
import type { LedgerEntry, OlderImage, PlacePlan } from "../plan/types";

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
  for (const { path, place, imageId } of imagesIn(entry)) {
    if (imageId === undefined) {
      throw new Error(`${entry?.id} has no image in ${place.id}; its outputs would be half of it`);
    }
    insert(tree, path, imageId);
  }
  return tree;
}

/** Where a generation has images, as paths in the output: `["aws.x86_64", "ibm_cloud.br_sao.s390x"]`. */
export function imagePaths(entry: LedgerEntry | undefined): string[] {
  return [...new Set(imagesIn(entry).map(({ path }) => path.join(".")))].sort();
}

/** An image as the outputs name it. */
export interface ImageAt {
  readonly path: readonly string[];
  readonly place: PlacePlan;
  /** Undefined where the generation has none, which is a fault. */
  readonly imageId: string | undefined;
  /** Of the older generation that a place has an image of which is left alone. */
  readonly older?: OlderImage;
}

/** Every image that the outputs name for a generation: its own, then what places that it is whole without have meanwhile. */
export function imagesIn(entry: LedgerEntry | undefined): readonly ImageAt[] {
  const { images = [], published = {}, behind = [] } = entry ?? {};
  const own = images
    .flatMap(({ places }) => places)
    .map((place): ImageAt => ({ path: place.outputPath, place, imageId: published[place.id] }));
  const others = behind.flatMap(({ place, older }): ImageAt[] =>
    older === undefined ? [] : [{ path: place.outputPath, place, imageId: older.imageId, older }],
  );
  return [...own, ...others];
}

/** True for the entry of that path, and for all below it: `aws` is `aws.x86_64` too. */
export function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`);
}

/** A generation that a run for some architectures or targets has begun: not complete, so none of the generations. */
export interface UnfinishedOutput {
  /** `g4` */
  readonly generation: string;
  /** What is there of it, in the shape of the output `images`. */
  readonly images: ImagesOutput;
  /** `ARCH in PLACE` */
  readonly missing: readonly string[];
  /** What the next run reads. */
  readonly entry: LedgerEntry;
}

export function unfinishedOutput(entry: LedgerEntry, missing: readonly string[]): UnfinishedOutput {
  const { behind: _older, ...own } = entry;
  return { generation: entry.id, images: imagesOutput(own), missing, entry };
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
