/** Everything in the regions and buckets in use that bears one identity, whether a state knows of it or not. */
import { OWNER_TAG, RESOURCE_TAG } from "../../provider";
import type { OwnedThing, PlatformUse } from "../platform";
import { openClients, type IbmClients, type OpenClients } from "./provider/clients";
import { cosPlace, diskBuild, diskFolder, type CosBucket } from "./provider/cos";
import { deleteDisk } from "./provider/disk-object/marks";
import { identityIn, MACHINE_TAG } from "./provider/marks";
import { end } from "./provider/end";
import { MACHINE_KINDS } from "./provider/machine/sweep";
import { word, type Vpc } from "./provider/vpc";
import type { Kind, Thing } from "./provider/shapes";
import type { IbmPlace, IbmWorker } from "./settings";
import { realWait, type Wait } from "./provider/wait";

const IMAGE = "builders:index:IbmImage";
const DISK = "builders:index:IbmDiskObject";

export const IBM_OWNED_TYPES: readonly string[] = [IMAGE, DISK];

/** All of our images are called so; which of them are whose, say their tags. */
const OUR_IMAGES = /^copr-builder/;
const GB = 1e9;

export interface OwnedOptions {
  readonly open?: OpenClients;
  readonly wait?: Wait;
}

interface Asked {
  readonly clients: IbmClients;
  readonly identity: string;
  readonly wait: Wait;
}

/** In an order in which all can be removed one after the other: what is used comes after what uses it. */
export async function ibmOwned(
  { workers, places }: PlatformUse<IbmWorker, IbmPlace>,
  identity: string,
  { open = openClients, wait = realWait }: OwnedOptions = {},
): Promise<readonly OwnedThing[]> {
  const asked: Asked = { clients: open(), identity, wait };
  const regions = new Set([...workers, ...places].map(({ spec }) => spec.region));
  const buckets = new Map(
    places.map(({ spec: { bucket } }) => {
      const of: CosBucket = { location: bucket.region, bucket: bucket.name };
      return [cosPlace(of), of];
    }),
  );
  const inRegions = await Promise.all([...regions].map((region) => thingsIn(asked, asked.clients.vpc(region))));
  const objects = await Promise.all([...buckets.values()].map((bucket) => objectsIn(asked, bucket)));
  return [...inRegions, ...objects].flat();
}

async function thingsIn(asked: Asked, vpc: Vpc): Promise<OwnedThing[]> {
  const { identity } = asked;
  const images = await vpc.list("images", { visibility: "private" });
  const ours = await Promise.all(
    images
      .filter(({ name }) => OUR_IMAGES.test(name))
      .map(async (image) => ({ image, tags: await asked.clients.tagging.of(image.crn) })),
  );
  const owned = ours
    .filter(({ image, tags }) => (tags[OWNER_TAG] ?? identityIn(image.name)) === identity)
    .map(({ image, tags }): OwnedThing => ({
      ...thing(asked, vpc, "images", image),
      owners: { [IMAGE]: image.id },
      ...(image.file?.size === undefined ? {} : { bytes: image.file.size * GB }),
      ...(tags[RESOURCE_TAG] === undefined ? {} : { resource: tags[RESOURCE_TAG] }),
    }));
  const lists = await Promise.all(
    MACHINE_KINDS.map(async (kind) => (await vpc.list(kind)).map((one) => ({ kind, one }))),
  );
  const machines = lists.flat().filter(({ one }) => identityIn(one.name) === identity);
  return [
    ...owned,
    ...(await Promise.all(
      machines.map(async ({ kind, one }): Promise<OwnedThing> => {
        const { [MACHINE_TAG]: full } = await asked.clients.tagging.of(one.crn);
        return { ...thing(asked, vpc, kind, one), ...(full === undefined ? {} : { name: full }), owners: {} };
      }),
    )),
  ];
}

type Unowned = Omit<OwnedThing, "owners">;

function thing({ clients, identity, wait }: Asked, vpc: Vpc, kind: Kind, one: Thing): Unowned {
  const { id, name, created_at: since } = one;
  return {
    ...{ kind: word(kind), id, name, where: vpc.region },
    ...(since === undefined ? {} : { since }),
    remove: async () => {
      // Read again: who took it over meanwhile keeps it.
      const now = await vpc.get(kind, id);
      if (now === undefined) return;
      const { [OWNER_TAG]: owner = identityIn(now.name) } = await clients.tagging.of(now.crn);
      if (owner === identity) await end(vpc, kind, now, { wait, call: ALONE });
    },
  };
}

/** Nobody is told, and nobody stops it. */
const ALONE = {
  stop: new AbortController().signal,
  log: { status: () => undefined, info: () => undefined, warn: () => undefined },
};

/** Its name says whose an object is, and its mark: an unfinished upload has no mark yet that anybody can read. */
async function objectsIn({ clients, identity }: Asked, of: CosBucket): Promise<OwnedThing[]> {
  const bucket = clients.bucket(of);
  const [objects, uploads] = await Promise.all([
    bucket.list(diskFolder(identity)),
    bucket.uploads(diskFolder(identity)),
  ]);
  const where = cosPlace(of);
  const build = (object: string): OwnedThing["owners"] => {
    const key = diskBuild(object);
    return key === undefined ? {} : { "builders:index:Artifact": key };
  };
  return [
    ...objects.map(({ object, sizeBytes }): OwnedThing => ({
      ...{ kind: "object", id: `${where}/${object}`, name: object, where, bytes: sizeBytes },
      owners: { [DISK]: `${where}/${object}`, ...build(object) },
      remove: () => deleteDisk(bucket, object, identity),
    })),
    ...uploads.map(({ object, uploadId }): OwnedThing => ({
      ...{ kind: "unfinished upload", id: uploadId, name: object, where },
      // A worker may be filling it: it goes with its build.
      owners: build(object),
      remove: () => bucket.abort({ object, uploadId }),
    })),
  ];
}
