/**
 * AMIs of this account as a name shows them: whose each is, and whether a state knows of it. An image is tagged by a second
 * call, so one that a killed run has just registered may have no tag: what it was made from says whose it is then. Once it
 * is in the state, its root snapshot is tagged with its id: `AwsImageReady` does that.
 */
import type { EC2Client, Image } from "@aws-sdk/client-ec2";
import { allPages } from "./pages";
import { readTags, type Tags } from "./tags";
import { BUILD_TAG, OWNER_TAG, STACK_TAG } from "../../../provider/owner";

export type Ec2 = Pick<EC2Client, "send">;
/** A client of one region. */
export type Ec2Of = (region: string) => Promise<Ec2>;

export interface OwnImage {
  readonly imageId: string;
  readonly name: string;
  /** `available`, `pending`, `failed` and others. */
  readonly state: string;
  readonly tags: Tags;
  /** All of its snapshots; the first is that of the root volume. */
  readonly snapshotIds: readonly string[];
  readonly rootTags: Tags;
  /** Identity of the stack that it belongs to; undefined if nothing says so. */
  readonly owner: string | undefined;
  /** True if some state knows of it: its root snapshot says so, or a version of ours that knew no identities made it. */
  readonly settled: boolean;
  /** Anybody may start it. */
  readonly isPublic: boolean;
}

/** Tag of the root snapshot of an image that is in a state; one for each, since several images may be made from it. */
export const settledTag = (imageId: string): string => `copr-builders-image:${imageId}`;

/** AWS made nothing of it, or takes it for broken. */
export const isBroken = ({ state }: Pick<OwnImage, "state">): boolean => /^(failed|error|invalid)$/.test(state);

/** So many values a filter takes. Source: EC2 API reference, DescribeImages. */
const VALUES = 200;

/** Our images of exactly these names in one region: by a list of them, and one of their snapshots. */
export async function imagesNamed(ec2: Ec2Of, region: string, names: readonly string[]): Promise<OwnImage[]> {
  const images = await describe(await ec2(region), "name", names);
  // A filter takes `*` and `?` for patterns.
  return standing(
    ec2,
    region,
    images.filter(({ Name }) => Name !== undefined && names.includes(Name)),
  );
}

/** Our images made from any of these snapshots of the region, or copied into it from any of these images. */
export async function imagesMadeFrom(
  ec2: Ec2Of,
  region: string,
  { snapshots, sources }: { readonly snapshots: readonly string[]; readonly sources: readonly string[] },
): Promise<OwnImage[]> {
  const client = await ec2(region);
  const images = await Promise.all([
    describe(client, "block-device-mapping.snapshot-id", snapshots),
    describe(client, "source-image-id", sources),
  ]);
  return standing(ec2, region, images.flat());
}

async function describe(client: Ec2, filter: string, values: readonly string[]): Promise<Image[]> {
  const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  const lists = chunks(values).map((Values) =>
    allPages(
      (next) =>
        client.send(new DescribeImagesCommand({ Owners: ["self"], Filters: [{ Name: filter, Values }], ...next })),
      ({ Images }) => Images,
    ),
  );
  return (await Promise.all(lists)).flat().filter(({ State }) => State !== "deregistered");
}

async function standing(ec2: Ec2Of, region: string, images: readonly Image[]): Promise<OwnImage[]> {
  const roots = await snapshotTags(
    await ec2(region),
    images.flatMap((image) => snapshotsOf(image).slice(0, 1)),
  );
  return Promise.all(
    images.map(async (image): Promise<OwnImage> => {
      const { ImageId: imageId = "", Name: name = "", State: state = "" } = image;
      const tags = readTags(image.Tags);
      const snapshotIds = snapshotsOf(image);
      const rootTags = roots.get(snapshotIds[0] ?? "") ?? {};
      const before = tags[OWNER_TAG] === undefined && tags[STACK_TAG] !== undefined;
      const marked = tags[OWNER_TAG] ?? (isOfBuild(name, rootTags) ? rootTags[OWNER_TAG] : undefined);
      const owner = before ? undefined : (marked ?? (await sourceOwner(ec2, image)));
      const settled = rootTags[settledTag(imageId)] !== undefined || before;
      const isPublic = image.Public === true;
      return { imageId, name, state, tags, snapshotIds, rootTags, owner, settled, isPublic };
    }),
  );
}

/** An image that somebody else makes from our snapshot is called otherwise: ours ends with the start of the build key. */
function isOfBuild(name: string, { Name, [BUILD_TAG]: key }: Tags): boolean {
  return Name === name || (key !== undefined && name.endsWith(`-${key.slice(0, 8)}`));
}

/** Whose the image is that this one is a copy of; our copies are called as their source. */
async function sourceOwner(ec2: Ec2Of, image: Image): Promise<string | undefined> {
  const { SourceImageId: id, SourceImageRegion: region } = image;
  if (id === undefined || region === undefined) return undefined;
  const [source] = await describe(await ec2(region), "image-id", [id]);
  return source?.Name === image.Name ? readTags(source?.Tags)[OWNER_TAG] : undefined;
}

/** The first is that of the root volume. */
export function snapshotsOf({ BlockDeviceMappings = [], RootDeviceName }: Image): string[] {
  const isRoot = (device: string | undefined) => (device === RootDeviceName ? 0 : 1);
  return [...BlockDeviceMappings]
    .sort((a, b) => isRoot(a.DeviceName) - isRoot(b.DeviceName))
    .flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}

/** By a filter: named by id, one that is gone would be an error for all. */
async function snapshotTags(client: Ec2, ids: readonly string[]): Promise<Map<string, Tags>> {
  const { DescribeSnapshotsCommand } = await import("@aws-sdk/client-ec2");
  const lists = chunks([...new Set(ids)]).map((Values) =>
    allPages(
      (next) =>
        client.send(
          new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [{ Name: "snapshot-id", Values }], ...next }),
        ),
      ({ Snapshots }) => Snapshots,
    ),
  );
  const found = (await Promise.all(lists)).flat();
  return new Map(found.map(({ SnapshotId = "", Tags }) => [SnapshotId, readTags(Tags)]));
}

function chunks(values: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(values.length / VALUES) }, (_, index) =>
    values.slice(index * VALUES, (index + 1) * VALUES),
  );
}
