/** What EC2 refuses only when a disk is built and uploaded, as mistakes of the settings. Not for the ledger: what is there is. */
import { BUILD_TAG, OWNER_TAG, PROVENANCE_TAG, RESOURCE_TAG, STACK_TAG } from "../../provider/owner";
import { count, tags } from "../fields";

/** GiB: the largest gp3 volume, and the largest snapshot that the EBS direct API takes (CreateVolume, StartSnapshot). */
export const MOST_GIB = 65_536;

/** Source: EC2 user guide, "Tag your resources" (restrictions). */
const MOST_TAGS = 50;
const MOST_KEY = 128;
const MOST_VALUE = 256;

/** Keys that the program itself sets on an image, which has the most of them: they are among the fifty. */
export const OWN_TAGS: readonly string[] = [
  ...["Name", STACK_TAG, OWNER_TAG, RESOURCE_TAG, BUILD_TAG],
  ...[PROVENANCE_TAG, "arch", "built-at", "disk-sha256", "image-digest"],
];

/** What the program tells its own things by. Policies go by the second kind, and IAM minds no capitals in keys of tags. */
const RESERVED = [/^Name$/, /^copr-builders-/i];

/**
 * Tags beside our own.
 * @param own keys that the program gives another meaning on these things
 */
export const ec2Tags = (own: readonly string[] = []) =>
  tags.unwrap().superRefine((given, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    for (const [key, value] of Object.entries(given)) {
      if (/^aws:/i.test(key)) problem([key], "begins with aws:, which only AWS itself may write; name it otherwise");
      if (own.includes(key) || RESERVED.some((form) => form.test(key)))
        problem([key], "is a tag that this program sets; name yours otherwise");
      if (key === "") problem([key], "is a tag without a key; name it");
      if (length(key) > MOST_KEY) problem([key], `has a key of ${length(key)} characters; EC2 takes ${MOST_KEY}`);
      if (length(value) > MOST_VALUE) problem([key], `has ${length(value)} characters; EC2 takes ${MOST_VALUE}`);
      if (/[\p{Cc}\p{Cs}]/u.test(key + value)) problem([key], "has a control character; leave it out");
    }
    const all = new Set([...OWN_TAGS, ...Object.keys(given)]).size;
    if (all > MOST_TAGS) {
      const room = MOST_TAGS - OWN_TAGS.length;
      problem(
        [],
        `has ${Object.keys(given).length} tags; EC2 takes ${MOST_TAGS} with our own, so leave at most ${room}`,
      );
    }
  });

/** EC2 counts characters, not the units of UTF-16. */
function length(value: string): number {
  return [...value].length;
}

/** Size of a gp3 volume, GiB. */
export const volumeGib = () => count().max(MOST_GIB);

/** Days from a build to its deprecation. Source: EC2 user guide, "Deprecate an AMI": ten years, of public ones two. */
const MOST_DAYS = 3650;
const MOST_PUBLIC_DAYS = 730;

export const deprecateAfterDays = count().max(MOST_DAYS).exactOptional();

export function deprecationProblem(days: unknown, isPublic: unknown): string | undefined {
  if (isPublic !== true || typeof days !== "number" || days <= MOST_PUBLIC_DAYS || days > MOST_DAYS) return undefined;
  return `must be at most ${MOST_PUBLIC_DAYS} for images that are public, got ${days}`;
}
