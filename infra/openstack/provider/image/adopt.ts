/** Takes over the image that the worker has put the disk into: of one disk in one project there is one, and whoever comes first has it. */
import type { Call } from "../../../../provider/handler";
import { messageOf } from "../../../../contract/message-of";
import { GIB } from "../../../../contract/sizes";
import type { GlanceImage } from "../cloud/glance";
import { DISK_MARK, isOf, ownerMarks, sumOf } from "../marks";
import { builderOf } from "../upload/marks";
import type { Args } from "./args";
import { differing } from "./change";
import { algorithmOf, diskSum, type FillOptions, ImageLost, settled } from "./fill";
import { removeImage } from "./remove";

export interface AdoptOptions extends FillOptions {
  /** Ids that an image of this run has, or is about to have. */
  readonly claimed: Set<string>;
}

/** @returns undefined where the worker sent nothing, another image has it, or it is not the disk */
export async function adopt(args: Args, options: AdoptOptions, call: Call): Promise<GlanceImage | undefined> {
  const { sent, owner, sha256, name, sizeBytes, again } = args;
  // What was to be made again was looked at by whoever says so.
  if (sent === undefined || again !== undefined || options.claimed.has(sent.imageId)) return undefined;
  const { glance, claimed } = options;
  const { imageId, key } = sent;
  claimed.add(imageId);
  const builder = builderOf({ identity: owner.identity, key });
  const found = await glance.get(imageId);
  if (found === undefined || !(isOf(found, builder) || isOf(found, owner)) || !(await glance.isHere(found)))
    return undefined;
  const image = await settled(imageId, options, call, false).catch(lost);
  if (typeof image !== "string" && image.status === "active" && (await hasSum(image, args, options, call))) {
    const wanted = { ...ownerMarks(owner), [DISK_MARK]: sha256, name, min_disk: Math.ceil(sizeBytes / GIB) };
    const changes = differing(image, wanted);
    return changes.length === 0 ? image : glance.change(imageId, changes);
  }
  const why = typeof image === "string" ? image : `image ${imageId} is ${image.status}, or its sum is another`;
  call.log.warn(
    `what the worker has put into Glance is not the disk: ${why}; it is deleted, and the disk sent from the store`,
  );
  try {
    await removeImage(glance, imageId, { isOurs: (one) => isOf(one, builder), ourProtection: false });
  } catch (error) {
    // No image waits for it: it bears the mark of its build, and goes with that.
    call.log.warn(`what the worker has put into Glance is left behind until its build goes: ${messageOf(error)}`);
  }
  return undefined;
}

function lost(error: unknown): string {
  if (error instanceof ImageLost) return error.message;
  throw error;
}

/**
 * Glance has made md5 sums, but where it must not (FIPS), and others as its operator wants: of a raw disk any of them can be made
 * here, from the store.
 */
async function hasSum(image: GlanceImage, args: Args, options: FillOptions, call: Call): Promise<boolean> {
  const { os_hash_value: sum, checksum } = image;
  const known: Readonly<Record<string, string | undefined>> = {
    ...{ md5: args.sent?.md5, sha512: args.sent?.sha512 },
    ...(image.disk_format === "raw" && { sha256: args.sha256 }),
  };
  const algorithm = algorithmOf(image);
  const wanted = known[algorithm];
  if (wanted !== undefined) return sumOf(image) === wanted;
  if (checksum != null) return checksum === known["md5"];
  return (
    sum != null && image.disk_format === "raw" && sum === (await diskSum(args, algorithm, options.openStore, call))
  );
}
