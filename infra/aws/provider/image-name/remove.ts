/** Takes AMIs away, and the snapshots that came with copies, so that nothing is left of them wherever it is cut. */
import { nameOf } from "../clients";
import { settledTag, type Ec2, type Ec2Of, type OwnImage } from "../images";
import { allPages } from "../pages";
import { hasTags, readTags, tagFilters, writeTags, type Tags } from "../tags";
import { BUILD_TAG } from "../../../../provider/owner";

export interface Removal {
  readonly ec2: Ec2Of;
  readonly region: string;
  /** Of the image, exactly. */
  readonly name: string;
  /** Whose all is; what has none of these yet is given them, since permissions go by tags. */
  readonly tags: Tags;
  /** True if the images are copies: their snapshots are theirs alone. */
  readonly copied: boolean;
  /** Snapshots of images of that name that stay. */
  readonly kept: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
  /** Told what is waited for, and may throw to end it. */
  readonly say: (text: string) => void;
}

const PAUSE_MS = 3_000;
/** A copy to another region takes minutes; ended before, it would leave a snapshot that is not known yet. */
const PENDING_MINUTES = 60;
const GONE_MINUTES = 3;

/** Removes them, and what an earlier removal left of a copy. */
export async function removeImages(removal: Removal, images: readonly OwnImage[]): Promise<void> {
  const { region, say } = removal;
  const client = await removal.ec2(region);
  for (const image of images) {
    say(`deregistering ${image.imageId} (${removal.name}) in ${region}`);
    await removeImage(removal, client, image);
  }
  if (removal.copied) await removeSnapshots(removal, client);
}

async function removeImage(removal: Removal, client: Ec2, image: OwnImage): Promise<void> {
  const { region, name, tags, copied } = removal;
  const { imageId } = image;
  const sdk = await import("@aws-sdk/client-ec2");
  const snapshotIds = await settledSnapshots(removal, client, imageId);
  if (snapshotIds === undefined) return;
  // From here on the snapshots of a copy are found without it.
  if (copied && snapshotIds.length > 0) {
    const Tags = writeTags({ ...tags, Name: name });
    await client.send(new sdk.CreateTagsCommand({ Resources: [...snapshotIds], Tags }));
  }
  await unlessGone(async () => {
    if (!hasTags(image.tags, tags)) {
      await client.send(new sdk.CreateTagsCommand({ Resources: [imageId], Tags: writeTags(tags) }));
    }
    await client.send(new sdk.DeregisterImageCommand({ ImageId: imageId }));
  });
  await until(removal, GONE_MINUTES, `image ${imageId} in ${region} to go`, async () => {
    const { Images = [] } = await client.send(new sdk.DescribeImagesCommand(one(imageId)));
    return Images.every(({ State }) => State === "deregistered");
  });
  const [root] = snapshotIds;
  if (!copied && root !== undefined && image.rootTags[settledTag(imageId)] !== undefined) {
    const Tags = [{ Key: settledTag(imageId) }];
    await unlessGone(() => client.send(new sdk.DeleteTagsCommand({ Resources: [root], Tags })));
  }
}

/** Its snapshots, once EC2 has made what it makes of the image; undefined if it is gone. */
async function settledSnapshots(removal: Removal, client: Ec2, imageId: string): Promise<string[] | undefined> {
  const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  let found: string[] | undefined;
  await until(removal, PENDING_MINUTES, `image ${imageId} in ${removal.region} to be more than pending`, async () => {
    const { Images: [image] = [] } = await client.send(new DescribeImagesCommand(one(imageId)));
    found = image?.BlockDeviceMappings?.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
    return image?.State !== "pending";
  });
  return found;
}

/** A filter, so that one that is gone is no error. */
const one = (imageId: string) => ({ Filters: [{ Name: "image-id", Values: [imageId] }] });

/** Those that bear the image's name and our marks, and no build: they came with copies, and no image is there to use them. */
async function removeSnapshots({ kept, ...removal }: Removal, client: Ec2): Promise<void> {
  const sdk = await import("@aws-sdk/client-ec2");
  const tags = { ...removal.tags, Name: removal.name };
  const found = await allPages(
    (next) => client.send(new sdk.DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: tagFilters(tags), ...next })),
    ({ Snapshots }) => Snapshots,
  );
  for (const { SnapshotId = "", Tags } of found) {
    const its = readTags(Tags);
    if (!hasTags(its, tags) || its[BUILD_TAG] !== undefined || kept.includes(SnapshotId)) continue;
    // EC2 may hold it for the image some seconds longer than the image is there.
    await until(
      removal,
      GONE_MINUTES,
      `snapshot ${SnapshotId} in ${removal.region} to be used by no image`,
      async () => {
        try {
          await unlessGone(() => client.send(new sdk.DeleteSnapshotCommand({ SnapshotId })));
          return true;
        } catch (error) {
          if (nameOf(error) === "InvalidSnapshot.InUse") return false;
          throw error;
        }
      },
    );
  }
}

/** What is gone already is what was wanted. */
async function unlessGone(request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (!/^Invalid(AMIID|Snapshot)\.(NotFound|Unavailable)$/.test(nameOf(error))) throw error;
  }
}

async function until(
  { sleep, now, say }: Pick<Removal, "sleep" | "now" | "say">,
  minutes: number,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = now() + minutes * 60_000;
  while (!(await isSo())) {
    if (now() > deadline) throw new Error(`waited ${minutes} minutes for ${what}; run "pulumi up" again`);
    say(`waiting for ${what}`);
    await sleep(PAUSE_MS);
  }
}
