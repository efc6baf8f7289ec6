/** Takes over the image that the worker has put the disk into: of one disk in one project there is one, and whoever comes first has it. */
import type { Call } from "../../../../provider/handler";
import { messageOf } from "../../../../contract/message-of";
import { GIB } from "../../../../contract/sizes";
import type { GlanceImage } from "../cloud/glance";
import { DISK_MARK, isOf, ownerMarks } from "../marks";
import { builderOf } from "../upload/marks";
import type { Args } from "./args";
import { differing } from "./change";
import { type FillOptions, ImageLost, settled } from "./fill";
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
  if (typeof image !== "string" && image.status === "active" && hasSum(image, sent)) {
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

/** Glance has always made md5 sums, and others as its operator wants. */
function hasSum(image: GlanceImage, { md5, sha512 }: NonNullable<Args["sent"]>): boolean {
  const { os_hash_algo: algorithm, os_hash_value: sum, checksum } = image;
  return algorithm === "sha512" && sum != null ? sum === sha512 : checksum === md5;
}
