/** A hypervisor's pool as it is, whatever the settings call it, and everything on hypervisors that bears an identity. */
import { messageOf } from "../../contract/message-of";
import { UserError } from "../../contract/user-error";
import { createHash } from "node:crypto";
import { lookAtPool, ownedAt, removeOwned, type Owned } from "./provider/image/pool";
import type { OwnedThing, PlaceView, PlatformUse } from "../platform";
import type { LibvirtPlace, LibvirtWorker } from "./settings";

/** What reaches the hypervisor; the real one, but for tests. */
type Run = Parameters<typeof lookAtPool>[3];

/** @throws Error that names the hypervisor and what to do */
export async function libvirtLook(place: LibvirtPlace, names: readonly string[], run?: Run): Promise<PlaceView> {
  const { uri, pool } = place;
  const { machine, poolUuid, images } = await withRemedy(uri, () => lookAtPool(uri, pool, names, run));
  const digits = createHash("sha256").update(`${machine} ${poolUuid}`).digest("hex").slice(0, 12);
  return {
    identity: `libvirt-${digits}`,
    // A volume has its name once it is whole, and not before.
    images: images.map(({ name, owner }) => ({
      name,
      imageId: name,
      whole: true,
      ...(owner === undefined ? {} : { owner }),
    })),
  };
}

const KINDS: Readonly<Record<Owned["what"], string>> = {
  domain: "domain",
  volume: "volume",
  image: "volume",
  mark: "mark without a volume",
  half: "half volume",
};

const IMAGE = "builders:index:LibvirtImage";

export const LIBVIRT_OWNED_TYPES: readonly string[] = [IMAGE];

/** Half volumes and machines are of work that goes on, or that was killed. */
function ownersOf({ what, name }: Owned): OwnedThing["owners"] {
  if (what === "domain" || what === "volume") return {};
  return { [IMAGE]: name, "builders:index:LibvirtImageName": name };
}

export async function libvirtOwned(
  use: PlatformUse<LibvirtWorker, LibvirtPlace>,
  identity: string,
  run?: Run,
): Promise<readonly OwnedThing[]> {
  const found = await Promise.all(
    [...poolsInUse(use)].map(async ([uri, pools]) => {
      const things = await withRemedy(uri, () => ownedAt(uri, [...pools], identity, run));
      return things.map((thing) => ({ uri, thing }));
    }),
  );
  // Two spellings of one hypervisor show the same things.
  const distinct = new Map<string, (typeof found)[number][number]>();
  for (const one of found.flat()) {
    const key = `${one.thing.what} ${one.thing.within} ${one.thing.name}`;
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return [...distinct.values()].map(({ uri, thing }) => ({
    kind: KINDS[thing.what],
    id: thing.what === "domain" ? thing.name : `${thing.pool}/${thing.name}`,
    name: thing.name,
    where: uri,
    owners: ownersOf(thing),
    ...(thing.resource === undefined ? {} : { resource: thing.resource }),
    ...(thing.changedAt === undefined ? {} : { since: new Date(thing.changedAt * 1000).toISOString() }),
    ...(thing.bytes === undefined ? {} : { bytes: thing.bytes }),
    remove: () => withRemedy(uri, () => removeOwned(uri, identity, thing, run)),
  }));
}

/** The pools that anything is made in, by hypervisor. */
function poolsInUse(use: PlatformUse<LibvirtWorker, LibvirtPlace>): ReadonlyMap<string, ReadonlySet<string>> {
  const pools = new Map<string, Set<string>>();
  for (const { spec } of [...use.workers, ...use.places]) {
    pools.set(spec.uri, (pools.get(spec.uri) ?? new Set()).add(spec.pool));
  }
  return pools;
}

async function withRemedy<T>(uri: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const problem = messageOf(cause);
    throw new UserError(`${problem}\nTry "virsh -c '${uri}' pool-list", and run again.`, { cause });
  }
}
