/** Every name that outlives a run. No clock in a name: a retry on the next day continues instead of starting over. */
import { imagesOf, type PlaceSpec } from "../../infra/specs";
import type { Arch } from "../../infra/words";

/** `g1`, `g2`, ... */
export function generationId(number: number): string {
  return `g${number}`;
}

/** `copr-builder-ARCH-gN-KEY8`: says what it is, which generation, and from which build. */
export function imageName(arch: Arch, number: number, key: string): string {
  return `copr-builder-${arch}-${generationId(number)}-${key.slice(0, 8)}`;
}

/** A place inside its generation. A hypervisor has one architecture, so its name is enough; a cloud holds several. */
export function placeId(target: string, spec: PlaceSpec, arch: Arch): string {
  const { placeName, arch: archOf } = imagesOf(spec);
  const place = `${target}/${placeName(spec)}`;
  return archOf(spec) === undefined ? `${place}/${arch}` : place;
}

/** Where the id of an image stands in the output `images`, e.g. `["ibm_cloud", "br_sao", "s390x"]`. */
export function outputPath(target: string, spec: PlaceSpec, arch: Arch): string[] {
  const key = imagesOf(spec).output(spec);
  return key === undefined ? [target, arch] : [target, key, arch];
}

/** A digest short enough for a sentence: `sha256:0123456789ab…`. */
export function shortDigest(digest: string): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return hex.length > 12 ? `${algorithm}:${hex.slice(0, 12)}…` : digest;
}
