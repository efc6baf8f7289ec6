/** One look at every place of a plan, and at the store: what is there before anything is done. */
import { messageOf } from "../../contract/message-of";
import { parts } from "../../infra";
import type { PlaceView } from "../../infra/platform";
import { placeAddress, type PlaceSpec } from "../../infra/specs";
import { buildObjects } from "../../components/jobs";
import { isPaused, type LedgerEntry, type Plan, type Views } from "../../model/plan";
import type { ObjectStore } from "../../provider/object-store";

export type Look = (place: PlaceSpec, names: readonly string[]) => Promise<PlaceView | undefined>;

export const reallyLook: Look = async (place, names) => (await parts(place.platform)).look?.(place, names);

/** @returns by address, without those that are left alone; a place that can't be looked at has its error, and one that has nothing to look at is left out */
export async function lookAround(
  { generations, paused = [] }: Pick<Plan, "generations" | "paused">,
  look: Look = reallyLook,
): Promise<Views> {
  const wanted = new Map<string, { readonly spec: PlaceSpec; readonly names: string[] }>();
  for (const { name, places } of generations.flatMap(({ images }) => images)) {
    for (const { spec } of places.filter((place) => !isPaused(paused, place))) {
      const address = placeAddress(spec);
      const place = wanted.get(address) ?? { spec, names: [] };
      place.names.push(name);
      wanted.set(address, place);
    }
  }
  const views = await Promise.all(
    [...wanted].map(async ([address, { spec, names }]) => {
      try {
        return [address, await look(spec, [...new Set(names)])] as const;
      } catch (error) {
        return [address, error instanceof Error ? error : new Error(String(error))] as const;
      }
    }),
  );
  return new Map(views.flatMap(([address, view]) => (view === undefined ? [] : [[address, view] as const])));
}

export interface GoneArgs {
  readonly store: ObjectStore;
  readonly ledger: readonly LedgerEntry[];
  /** Name of this stack. */
  readonly stack: string;
  readonly keys: readonly string[];
}

/** Which of the builds have no disk in the store any more, though the ledger says that they are done. */
export async function goneDisks({ store, ledger, stack, keys }: GoneArgs): Promise<{
  readonly gone: ReadonlySet<string>;
  readonly notes: readonly string[];
}> {
  const looks = await Promise.all(
    keys.map(async (key) => {
      const folder = folderOf(ledger, key, stack);
      if (folder === undefined) return {};
      try {
        return (await store.head(buildObjects(folder, key).disk)) === undefined ? { gone: key } : {};
      } catch (error) {
        return {
          note: `can't look whether disks are in the store: ${messageOf(error)}`,
        };
      }
    }),
  );
  const gone = looks.flatMap(({ gone }) => (gone === undefined ? [] : [gone]));
  const lost = gone.map(
    (key) => `the disk of build ${key.slice(0, 8)} is gone from the store; its images stand without it`,
  );
  const unseen = new Set(looks.flatMap(({ note }) => (note === undefined ? [] : [note])));
  return { gone: new Set(gone), notes: [...lost, ...[...unseen].slice(0, 1)] };
}

/**
 * Folder of a finished build's objects: the identity of its stack, or the name that the stack had in the version before.
 * Undefined for a build that is not done.
 */
export function folderOf(ledger: readonly LedgerEntry[], key: string, stack: string): string | undefined {
  const disk = ledger.map(({ disks }) => disks[key]).find((facts) => facts !== undefined);
  if (disk === undefined) return undefined;
  return disk.folder ?? disk.packages?.split("/")[1] ?? stack;
}
