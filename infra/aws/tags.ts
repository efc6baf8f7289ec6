/** Tags that everything here bears from its creation on: whoever finds it knows whose it is, and permissions rest on them. */
import { BUILD_TAG, OWNER_TAG, STACK_TAG } from "../../provider/owner";
import type { AwsUse } from "./grants";

/**
 * @param stack name of the stack that all is for; the generated policy lets this program touch only what bears it
 * @param identity of that stack: deletions and sweeps go by it alone; undefined for what is never made
 * @param more tags of the settings; ours win, since what we may delete depends on them
 */
export function ownTags(
  stack: string,
  identity: string | undefined,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const owner = identity === undefined ? {} : { [OWNER_TAG]: identity };
  return { ...more, Name: name, [STACK_TAG]: stack, ...owner };
}

/** Kinds of things that images are made of, and that bear the tags of their place alone. */
const OF_IMAGES = /^(image|snapshot)$/;

/** Every way in which the settings tag such a thing in such a region, each once. */
export function carriedTags({ stack, identity, workers, places }: AwsUse, region: string, kind: string) {
  const here = OF_IMAGES.test(kind) ? places : [...workers, ...places];
  const ways = here
    .filter(({ spec }) => spec.region === region)
    .map(({ arch, spec }) => ({
      ...ownTags(stack, identity, `${identity ?? stack}.preflight`, { ...spec.tags, arch }),
      ...(OF_IMAGES.test(kind) ? { [BUILD_TAG]: "0".repeat(64) } : {}),
    }));
  return [...new Map(ways.map((tags) => [JSON.stringify(tags), tags])).values()];
}

/** Tags of a snapshot: whose it is, and what is in it. */
export function snapshotTags(
  stack: string,
  identity: string,
  arch: string,
  key: string,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...ownTags(stack, identity, `copr-builder-${arch}-${key.slice(0, 8)}`, more), arch, [BUILD_TAG]: key };
}
