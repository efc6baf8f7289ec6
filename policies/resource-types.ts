/** The resources that rules speak of, by type token. */
import { publishingPlatforms } from "../infra/specs";

/** Each of these is one image that builders can be started from. */
export const PUBLISHED_IMAGES: readonly string[] = publishingPlatforms().flatMap(({ images }) => images.resources);

export const EPHEMERAL_STACK = "builders:index:EphemeralStack";

/** The program that boots an image, as the end of its path. */
export const BOOT_CHECK_PROGRAM = "stacks/boot-check";
