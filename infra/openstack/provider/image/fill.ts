/** Brings the disk's bytes into an image, whatever an earlier run has left of it, and holds them against the disk. */
import { messageOf } from "../../../../contract/message-of";
import { UserError } from "../../../../contract/user-error";
import { createHash, getHashes } from "node:crypto";
import type { Call } from "../../../../provider/handler";
import type { OpenStore } from "../../../../provider/object-store";
import { readDisk } from "../../../../provider/stored-disk";
import type { Wait } from "../../../../provider/wait";
import { CloudError, NoAnswer } from "../cloud/errors";
import type { Glance, GlanceImage } from "../cloud/glance";
import { sumOf } from "../marks";
import { checkedDisk, type Disk } from "./disk";

export interface FillOptions {
  readonly glance: Glance;
  readonly openStore: OpenStore;
  readonly wait: Wait;
}

/** Nothing comes of this image: another one has to be made. */
export class ImageLost extends Error {}

/** Glance has somebody's bytes on their way: ours of a run that was cut off, which it notices soon, or never. */
const BUSY = ["saving", "uploading", "importing"];
const BUSY_MS = 15 * 60_000;
const LOOK_MS = 5_000;
/** An image that Glance has just made may not be seen yet by another of its servers. */
const UNSEEN_MS = 60_000;
const TRIES = 4;
const PAUSE_MS = 10_000;
const SHOWN_MS = 2_000;

/**
 * Answers the image once it is active and its sum is the disk's.
 * @throws ImageLost where it can't become that any more
 */
export async function fill(id: string, disk: Disk, options: FillOptions, call: Call): Promise<GlanceImage> {
  let failure: unknown;
  let sums: Sums | undefined;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const image = await settled(id, options, call, sums !== undefined);
    if (image.status === "active") {
      await compare(image, disk, sums, options, call);
      return image;
    }
    if (image.status !== "queued") throw new ImageLost(`image ${id} is ${image.status}`);
    if (sums !== undefined) call.log.warn(`Glance took the disk, and image ${id} is queued again: it is sent again`);
    sums = undefined;
    try {
      sums = await send(id, disk, options, call);
    } catch (error) {
      call.stop.throwIfAborted();
      if (!isPassing(error)) throw error;
      failure = error;
      const pauseMs = pauseOf(error, attempt);
      const why = messageOf(error);
      call.log.status(`sending the disk again in ${Math.round(pauseMs / 1000)} s: ${why}`);
      await options.wait.sleep(pauseMs, call.stop);
    }
  }
  const last = await settled(id, options, call, sums !== undefined);
  if (last.status !== "active") throw notTaken(last, sums === undefined ? failure : undefined);
  await compare(last, disk, sums, options, call);
  return last;
}

function notTaken({ id, status }: GlanceImage, failure: unknown): Error {
  const why =
    failure === undefined ? "it said each time that it had all of it" : `the last time: ${messageOf(failure)}`;
  const message = `Glance did not take the disk (tried ${TRIES} times); image ${id} is ${status}; ${why}`;
  return new UserError(`${message}\nask the cloud's operator what the store of its images says, then run this again`, {
    cause: failure,
  });
}

/** As long as the cloud says, else longer each time: whoever can't take a disk now can't do it at once either. */
function pauseOf(error: unknown, attempt: number): number {
  return (error instanceof CloudError ? error.pauseMs : undefined) ?? PAUSE_MS * 2 ** (attempt - 1);
}

/**
 * No answer says nothing of the bytes, 409 that others are on their way, a fault, an ended token or too many requests that these are
 * not there; 404 and 410 that somebody has deleted the image meanwhile, or not every server has seen it: it is looked at.
 */
function isPassing(error: unknown): boolean {
  return (
    error instanceof NoAnswer ||
    (error instanceof CloudError && ([401, 404, 409, 410, 429].includes(error.status) || error.status >= 500))
  );
}

function stored({ store, object }: Disk, openStore: OpenStore, stop: AbortSignal): AsyncIterable<Buffer> {
  return readDisk(openStore, store, object.object, stop);
}

/** Hex, by algorithm. */
type Sums = Readonly<Record<string, string>>;

async function send(id: string, disk: Disk, { glance, openStore, wait }: FillOptions, call: Call): Promise<Sums> {
  const sha512 = createHash("sha512");
  let shownAt = Number.NEGATIVE_INFINITY;
  const onBytes = (bytes: number): void => {
    if (wait.now() - shownAt < SHOWN_MS) return;
    shownAt = wait.now();
    call.log.status(`sending ${(bytes / 1e9).toFixed(1)} of ${(disk.sizeBytes / 1e9).toFixed(1)} GB`);
  };
  let whole = false;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of checkedDisk(stored(disk, openStore, call.stop), disk, onBytes)) {
      sha512.update(chunk);
      yield chunk;
    }
    whole = true;
  }
  await glance.put(id, { bytes: hashed(), length: disk.sizeBytes }, call.stop);
  // Whoever answers before the end has a sum of the beginning alone, and so have we.
  return whole ? { sha512: sha512.digest("hex") } : {};
}

/** Where the bytes were sent by a run before this one, or Glance sums otherwise, the disk is read once more. */
async function compare(
  image: GlanceImage,
  disk: Disk,
  sums: Sums | undefined,
  { openStore }: FillOptions,
  call: Call,
): Promise<void> {
  const algorithm = algorithmOf(image);
  const wanted = sums?.[algorithm] ?? (await diskSum(disk, algorithm, openStore, call));
  const found = sumOf(image);
  if (found === wanted) return;
  throw new ImageLost(`image ${image.id} has ${algorithm} ${found ?? "none"}, and the disk has ${wanted}`);
}

/** Of the sum that an image is known by, as Glance names it. */
export function algorithmOf({ os_hash_value: sum, os_hash_algo: algorithm }: GlanceImage): string {
  return sum == null ? "md5" : (algorithm ?? "sha512");
}

/** Names of Python's, which Glance takes from its configuration, that are others here. */
const OTHER_NAMES: Readonly<Record<string, string>> = { blake2b: "blake2b512", blake2s: "blake2s256" };

/** @throws UserError where no such sum can be made here */
export async function diskSum(disk: Disk, algorithm: string, openStore: OpenStore, call: Call): Promise<string> {
  const name = OTHER_NAMES[algorithm] ?? algorithm.replaceAll("_", "-");
  if (!getHashes().some((known) => known.toLowerCase() === name.toLowerCase())) {
    const problem = `Glance sums its images by ${algorithm}, which can't be made here: nobody can tell whether it has the disk`;
    throw new UserError(`${problem}\nask the cloud's operator for hashing_algorithm = sha512`);
  }
  call.log.status(`reading the disk, to hold its ${algorithm} against Glance's`);
  const hash = createHash(name);
  for await (const chunk of checkedDisk(stored(disk, openStore, call.stop), disk, () => undefined)) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * The image when nobody sends bytes into it; one that stays so is given up.
 * @param taken Glance has said that it has the bytes: that it is queued may be what another of its servers still says
 */
export async function settled(
  id: string,
  { glance, wait }: FillOptions,
  call: Call,
  taken: boolean,
): Promise<GlanceImage> {
  const since = wait.now();
  for (;;) {
    const image = await glance.get(id);
    const waited = wait.now() - since;
    const old = taken && image?.status === "queued" && waited <= UNSEEN_MS;
    if (image !== undefined && !BUSY.includes(image.status) && !old) return image;
    if (image === undefined && waited > UNSEEN_MS) throw new ImageLost(`image ${id} is gone`);
    if (waited > BUSY_MS)
      throw new ImageLost(`image ${id} was ${image?.status ?? "gone"} for ${BUSY_MS / 60_000} minutes`);
    call.log.status(`image ${id} is ${image?.status ?? "not seen yet"}, since ${Math.round(waited / 1000)} s`);
    await wait.sleep(LOOK_MS, call.stop);
  }
}
