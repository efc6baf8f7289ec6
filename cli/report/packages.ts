/** What became of the packages from one generation to the next. */
import type { PackageVersion } from "../../contract/commit-record";
import type { LedgerEntry } from "../../model/plan";
import type { Arch } from "../../infra/words";

/** What is known of one list: the list, or why there is none. */
export type PackageList = readonly PackageVersion[] | { readonly unreadable: string };
/** Lists by their object in the store. */
export type PackageLists = ReadonlyMap<string, PackageList>;

export type PackageChanges =
  | {
      readonly kind: "compared";
      readonly updated: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  /** The very same disk. */
  | { readonly kind: "same" }
  | { readonly kind: "unknown"; readonly why: string };

/** By what happened, the architectures it happened to: mostly all of them have one story. */
export function packageChanges(
  before: LedgerEntry,
  now: LedgerEntry,
  lists: PackageLists,
): { readonly archs: readonly Arch[]; readonly changes: PackageChanges }[] {
  const stories = new Map<string, { archs: Arch[]; changes: PackageChanges }>();
  for (const { arch, key } of now.images) {
    const old = before.images.find((image) => image.arch === arch);
    if (old === undefined) continue;
    const changes: PackageChanges =
      old.key === key ? { kind: "same" } : compareLists(arch, listOf(before, old.key, lists), listOf(now, key, lists));
    const story = JSON.stringify(changes);
    const known = stories.get(story);
    if (known) known.archs.push(arch);
    else stories.set(story, { archs: [arch], changes });
  }
  return [...stories.values()];
}

/** Of one disk of a generation. */
export function listOf(entry: LedgerEntry, key: string, lists: PackageLists): PackageList {
  const object = entry.disks[key]?.packages;
  if (object === undefined) return { unreadable: `the image of ${entry.id} can't tell its packages` };
  return lists.get(object) ?? { unreadable: `the list of ${entry.id} is not in the store` };
}

function compareLists(arch: Arch, before: PackageList, now: PackageList): PackageChanges {
  if ("unreadable" in before) return { kind: "unknown", why: before.unreadable };
  if ("unreadable" in now) return { kind: "unknown", why: now.unreadable };
  const [old, current] = [versions(arch, before), versions(arch, now)];
  const names = [...new Set([...old.keys(), ...current.keys()])].sort();
  const changed = names.map((name) => ({ name, from: old.get(name), to: current.get(name) }));
  return {
    kind: "compared",
    updated: changed.flatMap(({ name, from, to }) =>
      from !== undefined && to !== undefined && from !== to ? [`${name} ${from} → ${to}`] : [],
    ),
    added: changed.flatMap(({ name, from, to }) => (from === undefined ? [`${name} ${to}`] : [])),
    removed: changed.flatMap(({ name, from, to }) => (to === undefined ? [`${name} ${from}`] : [])),
  };
}

/** All versions of a name together: several kernels may be installed. Without the architecture, which all have. */
function versions(arch: Arch, list: readonly PackageVersion[]): Map<string, string> {
  const byName = new Map<string, string[]>();
  for (const { name, version } of list) {
    byName.set(name, [...(byName.get(name) ?? []), version.replace(new RegExp(`\\.${arch}$`), "")]);
  }
  return new Map([...byName].map(([name, all]) => [name, all.sort().join(", ")]));
}
