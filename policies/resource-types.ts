/** The resources that rules speak of, by type token. */

/** Each of these is one image that builders can be started from. A new platform adds its own here. */
export const PUBLISHED_IMAGES: readonly string[] = [
  "aws:ec2/ami:Ami",
  "aws:ec2/amiCopy:AmiCopy",
  "builders:index:LibvirtImage",
];

export const EPHEMERAL_STACK = "builders:index:EphemeralStack";

/** The program that boots an image, as the end of its path. */
export const BOOT_CHECK_PROGRAM = "stacks/boot-check";
