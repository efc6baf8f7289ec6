/** Where an image says which build it is, hex digits and a line break: the agent writes it, the boot check reads it. */
export const KEY_FILE = "/usr/lib/copr-builder/build-key";
