/** What a registry sends for a reference: a list of images, one image, or something that is neither. */
import * as z from "zod";

/** Lists first: one digest for all architectures. */
export const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;
/** Types that say nothing: the text decides. */
const DOUBTFUL = ["", "application/json", "application/octet-stream", "text/plain"];

/** Why an answer of this type can't be a manifest; undefined if it may be one. */
export function typeProblem(contentType = ""): string | undefined {
  const type = contentType.replace(/;.*$/, "").trim().toLowerCase();
  if ([...MANIFESTS, ...DOUBTFUL].some((known) => known === type)) return undefined;
  if (type.startsWith("application/vnd.docker.distribution.manifest.v1+"))
    return `answers with a manifest of the first version (${type}), which no builder takes; push the image again`;
  return `answers with ${type}, which is no manifest of an image; does a proxy, or a page to sign in, stand before it?`;
}

const platform = z.looseObject({ os: z.string().optional(), architecture: z.string().optional() });
const manifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(z.looseObject({ digest: z.string().optional(), platform: platform.nullish() })).nullish(),
  config: z.looseObject({ digest: z.string(), mediaType: z.string().optional() }).nullish(),
});
export type Manifest = z.output<typeof manifestSchema>;

/** Undefined for what is no manifest. */
export function parseManifest(body: Buffer): Manifest | undefined {
  const result = manifestSchema.safeParse(jsonOf(body));
  return result.success ? result.data : undefined;
}

/** Architectures in a list, as images name them; undefined where it doesn't say. */
export function listedArchitectures({ manifests }: Manifest): readonly string[] | undefined {
  if (manifests == null) return undefined;
  // Signatures and attestations stand in the list as images of no architecture.
  const known = manifests.map(({ platform }) => platform).filter((one) => one?.architecture !== "unknown");
  if (known.some((one) => one?.architecture === undefined)) return undefined;
  return [
    ...new Set(known.flatMap((one) => (one?.os === undefined || one.os === "linux" ? [one?.architecture ?? ""] : []))),
  ];
}

/** The image of one architecture in a list, as a machine picks it; undefined where it has none. */
export function listedDigest({ manifests }: Manifest, architecture: string): string | undefined {
  const isOf = (one: z.output<typeof platform> | null | undefined): boolean =>
    one?.architecture === architecture && (one.os === undefined || one.os === "linux");
  return manifests?.find(({ platform }) => isOf(platform))?.digest;
}

/** The architecture that the configuration of a single image says. */
export function configArchitecture(body: Buffer): string | undefined {
  const result = z.looseObject({ architecture: z.string().min(1) }).safeParse(jsonOf(body));
  return result.success ? result.data.architecture : undefined;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
