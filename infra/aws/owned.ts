/** Everything in the regions in use that bears one identity, whether a state knows of it or not. */
import { imagesMadeFrom, imagesNamed, type Ec2Of, type OwnImage } from "./provider/images";
import { removeImages } from "./provider/image-name/remove";
import { ALL_KINDS, thingsBearing, type AwsThing } from "./provider/things";
import { BUILD_TAG, OWNER_TAG, RESOURCE_TAG, STACK_TAG } from "../../provider/owner";
import type { ImageUser, OwnedThing, PlatformUse } from "../platform";
import { openClients, type OpenClients } from "./ask";
import { awsUse, regions } from "./grants";
import type { AwsPlace, AwsWorker } from "./settings";
import { awsUsersOf } from "./users";

const GIB = 1024 ** 3;
const PAUSE_MS = 3_000;
/** An instance takes minutes to end, and what it uses is in use until then. */
const BOUND_MINUTES = 15;

export interface OwnedOptions {
  readonly open?: OpenClients;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => number;
}

interface Asked extends Required<Omit<OwnedOptions, "open">> {
  readonly ec2: Ec2Of;
  readonly identity: string;
  /** What else names these images, unless the settings let them go all the same. */
  readonly users: (region: string, imageIds: readonly string[]) => Promise<readonly ImageUser[]>;
}

/** In an order in which all can be removed one after the other: what is used comes after what uses it. */
export async function awsOwned(
  use: PlatformUse<AwsWorker, AwsPlace>,
  identity: string,
  { open = openClients, sleep = pause, now = Date.now }: OwnedOptions = {},
): Promise<readonly OwnedThing[]> {
  const users: Asked["users"] = async (region, imageIds) => {
    const spec = use.places.map((place) => place.spec).find((place) => place.region === region);
    return awsUsersOf({ ...spec, region }, imageIds, open);
  };
  const asked: Asked = { ec2: async (region) => (await open(region)).ec2, identity, users, sleep, now };
  const places = await Promise.all(
    regions(awsUse(use)).map(async (region) => {
      const client = await asked.ec2(region);
      const lists = ALL_KINDS.map((kind) => thingsBearing(client, kind, { [OWNER_TAG]: identity }));
      return { region, things: (await Promise.all(lists)).flat() };
    }),
  );
  const all = places.flatMap(({ things }) => things);
  const ids = (kind: string, of: readonly AwsThing[]) => of.filter((one) => one.kind === kind).map(({ id }) => id);
  const stack = all.flatMap(({ tags }) => tags[STACK_TAG] ?? [])[0];
  const untagged = places.map(async ({ region, things }) => {
    const made = { snapshots: ids("snapshot", things), sources: ids("AMI", all) };
    const images = await imagesMadeFrom(asked.ec2, region, made);
    const half = images.filter(({ owner, tags }) => owner === identity && tags[OWNER_TAG] === undefined);
    return half.map((image) => ownedImage(asked, region, image, stack));
  });
  // Whose a half made copy is says its source: as long as that is there.
  const first = (await Promise.all(untagged)).flat();
  return [...first, ...places.flatMap(({ region, things }) => things.map((thing) => ownedThing(asked, region, thing)))];
}

const IMAGE = "aws:ec2/ami:Ami";
const COPY = "aws:ec2/amiCopy:AmiCopy";
const SNAPSHOT = "builders:index:EbsSnapshot";

export const AWS_OWNED_TYPES: readonly string[] = [IMAGE, COPY, SNAPSHOT];

/** Machines and what belongs to them are inner stacks'. */
function ownersOf(
  kind: string,
  { id, name = id, build }: { id: string; name?: string | undefined; build?: string | undefined },
) {
  const copies = { [COPY]: id, "builders:index:AwsImageName": name };
  if (kind === "AMI") return { [IMAGE]: id, ...copies };
  if (kind !== "snapshot") return {};
  return {
    [SNAPSHOT]: id,
    ...(build === undefined ? {} : { "builders:index:Artifact": build }),
    ...copies,
  };
}

function ownedThing({ ec2, identity, users, sleep, now }: Asked, region: string, thing: AwsThing): OwnedThing {
  const { kind, id, tags, since, gib } = thing;
  return {
    kind,
    id,
    name: tags.Name ?? id,
    where: region,
    owners: ownersOf(kind, { id, name: tags.Name, build: tags[BUILD_TAG] }),
    ...(tags[RESOURCE_TAG] === undefined ? {} : { resource: tags[RESOURCE_TAG] }),
    ...(since === undefined ? {} : { since: since.toISOString() }),
    ...(gib === undefined ? {} : { bytes: gib * GIB }),
    ...(kind === "AMI" ? { users: () => users(region, [id]) } : {}),
    // It can't go before the images that are made from it.
    ...(kind === "snapshot" ? { users: async () => users(region, await madeFrom(ec2, region, id)) } : {}),
    remove: async () => {
      const client = await ec2(region);
      const deadline = now() + BOUND_MINUTES * 60_000;
      // Read again each time: who took it over meanwhile keeps it.
      const look = async () =>
        (await thingsBearing(client, kind, { [OWNER_TAG]: identity })).find((one) => one.id === id);
      for (let it = await look(); it !== undefined; it = await look()) {
        if (now() > deadline) {
          throw new Error(`${kind} ${id} in ${region} is still there after ${BOUND_MINUTES} minutes; see what uses it`);
        }
        await it.end();
        await sleep(PAUSE_MS);
      }
    },
  };
}

/** An image that a killed run made and had no time to tag. */
function ownedImage(asked: Asked, region: string, image: OwnImage, stack?: string): OwnedThing {
  const { ec2, identity, users, sleep, now } = asked;
  const { imageId, name } = image;
  return {
    kind: "AMI",
    id: imageId,
    name,
    where: region,
    owners: ownersOf("AMI", { id: imageId, name }),
    users: () => users(region, [imageId]),
    remove: async () => {
      const named = await imagesNamed(ec2, region, [name]);
      const images = named.filter((one) => one.imageId === imageId && one.owner === identity);
      const kept = named.filter((one) => !images.includes(one)).flatMap(({ snapshotIds }) => snapshotIds);
      const tags = { [OWNER_TAG]: identity, ...(stack === undefined ? {} : { [STACK_TAG]: stack }) };
      const copied = images.some(({ rootTags }) => rootTags[OWNER_TAG] === undefined);
      await removeImages({ ec2, region, name, tags, copied, kept, sleep, now, say: () => undefined }, images);
    },
  };
}

async function madeFrom(ec2: Ec2Of, region: string, snapshot: string): Promise<readonly string[]> {
  const images = await imagesMadeFrom(ec2, region, { snapshots: [snapshot], sources: [] });
  return images.map(({ imageId }) => imageId);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
