/** Where things are in the store: one folder for each kind, in it one for each stack, named by its identity. */

/** Every folder; what a stack may touch, and what is tried beforehand, is derived from this list. */
export const STORE_FOLDERS = [
  "stacks",
  "builds",
  "disks",
  "packages",
  "leases",
  "holds",
  "offers",
  "signatures",
] as const;
export type StoreFolder = (typeof STORE_FOLDERS)[number];

/** Those that a stack uses; who signs nothing need not be allowed to. @param signs whether it signs its records */
export function storeFolders(signs: boolean): readonly StoreFolder[] {
  return STORE_FOLDERS.filter((folder) => signs || folder !== "signatures");
}

/** @param owner identity of the stack; its name for builds from before stacks had one */
export function storePath(folder: StoreFolder, owner: string, ...more: readonly string[]): string {
  return [folder, owner, ...more].join("/");
}
