/** Makes the image of a resource, once: whatever answer is lost, and whatever a killed run has left. */
import type { Call } from "../../../../provider/handler";
import { GIB } from "../../../../contract/sizes";
import { UserError } from "../../../../contract/user-error";
import { type GlanceImage } from "../cloud/glance";
import { DISK_MARK, isOf, isWhole, markOf, ownerMarks, uuidOf } from "../marks";
import { adopt, type AdoptOptions } from "./adopt";
import type { Args } from "./args";
import { fill, type FillOptions, ImageLost } from "./fill";
import { removeImage } from "./remove";

/** Ids that are used up: of images that were deleted, and of those that nothing came of. */
const MOST_IDS = 16;
/** So many that nothing comes of, one after the other, are no accident: each may take half an hour. */
const MOST_LOST = 3;
/** An image that Glance says it has may not be seen yet by another of its servers. */
const LOOKS = 3;
const LOOK_MS = 2_000;

/**
 * The image with its bytes, which are the disk's; one that is whole already is taken over.
 * @param onId told the id as soon as there is an image
 */
export async function makeImage(
  args: Args,
  options: AdoptOptions,
  call: Call,
  onId: (id: string) => void,
): Promise<GlanceImage> {
  const { glance } = options;
  const whole = (await findWhole(args, options)) ?? (await adopt(args, options, call));
  if (whole !== undefined) {
    onId(whole.id);
    return whole;
  }
  const lost: ImageLost[] = [];
  for (let count = 0; count < MOST_IDS && lost.length < MOST_LOST; count += 1) {
    const id = imageId(args, count);
    const image =
      (await glance.get(id)) ?? (await glance.create(newImage(id, args))) ?? (await lookAgain(id, options, call));
    // Had once, and deleted: Glance gives an id once. Or another project has it, which may have seen our marks and written them.
    if (image === undefined || !isOf(image, args.owner) || !(await glance.isHere(image))) continue;
    onId(id);
    try {
      return await fill(id, args, options, call);
    } catch (error) {
      if (!(error instanceof ImageLost)) throw error;
      call.log.warn(`${error.message}; it is deleted, and another one is made`);
      lost.push(error);
      await removeImage(glance, id, { isOurs: (found) => isOf(found, args.owner), ourProtection: args.protected });
    }
  }
  throw noneMade(args.name, lost);
}

/** Where a POST made it and lost the answer, the next one is refused before all servers of Glance show the image. */
async function lookAgain(id: string, { glance, wait }: FillOptions, call: Call): Promise<GlanceImage | undefined> {
  for (let look = 1; ; look += 1) {
    const image = await glance.get(id);
    if (image !== undefined || look >= LOOKS) return image;
    await wait.sleep(LOOK_MS, call.stop);
  }
}

function noneMade(name: string, lost: readonly ImageLost[]): Error {
  const cause = lost.at(-1);
  const why = lost.length < MOST_LOST ? `${MOST_IDS} ids are used up` : `${MOST_LOST} images were lost`;
  const last = cause === undefined ? "" : `; of the last one: ${cause.message}`;
  const remedy = "ask the cloud's operator what becomes of the uploads, then run this again";
  return new UserError(`no image "${name}" can be made: ${why}${last}\n${remedy}`, { cause });
}

/** One of this resource that no state knows of: its disk must be this one. */
async function findWhole(args: Args, { glance }: FillOptions): Promise<GlanceImage | undefined> {
  // What was to be made again was looked at by whoever says so.
  if (args.again !== undefined) return undefined;
  const images = await glance.list({ name: args.name, ...ownerMarks(args.owner) });
  return images.find((image) => isOf(image, args.owner) && isWhole(image) && markOf(image, DISK_MARK) === args.sha256);
}

/** The same in every run: a POST whose answer was lost is found by it. */
export function imageId({ owner, name, sha256, again = "" }: Args, count: number): string {
  return uuidOf([owner.identity, owner.resource, name, sha256, again, count]);
}

/** Nobody else sees it before its bytes are known to be right. */
function newImage(id: string, { name, owner, sha256, sizeBytes, properties }: Args) {
  return {
    ...properties,
    ...ownerMarks(owner),
    ...{ [DISK_MARK]: sha256, id, name },
    ...({ disk_format: "raw", container_format: "bare", visibility: "private" } as const),
    min_disk: Math.ceil(sizeBytes / GIB),
  };
}
