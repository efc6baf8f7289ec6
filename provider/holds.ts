/**
 * What promoting stacks and the stack that builds tell each other in its store. An image that may be taken has an offer there,
 * as long as it may be; who uses images of a generation has a hold. Who takes writes the hold before looking for the offer, who
 * deletes takes the offer away before looking for holds: whichever of the two is later sees the other.
 */
import { z } from "zod";
import type { ObjectStore } from "./object-store";
import { storePath } from "./store-folders";

/** What a place calls an image, by the id of the place. */
export type ImagesByPlace = Readonly<Record<string, string>>;

const holdSchema = z.looseObject({
  stack: z.string().min(1),
  since: z.string().min(1),
  images: z.record(z.string(), z.string()),
});

/** A generation that a promoting stack uses or may go back to. */
export interface Hold {
  readonly object: string;
  readonly generation: string;
  /** Identity of the promoting stack. */
  readonly reader: string;
  /** What it wrote; absent if that can't be read, which holds all the same. */
  readonly said?: { readonly stack: string; readonly since: string; readonly images: ImagesByPlace };
}

/** An image of the stack that may be taken. */
export interface Offer {
  readonly imageId: string;
  /** Ids of its place, `TARGET/PLACE`, from the first on: targets and places are renamed. */
  readonly places: readonly string[];
}

const offerSchema = z.looseObject({ imageId: z.string().min(1), places: z.array(z.string()).min(1) });

export function holdObject(owner: string, generation: string, reader: string): string {
  return storePath("holds", owner, generation, `${reader}.json`);
}

/** The image is in the name too: the guard of the image before may be deleted after this one's is made. */
export function offerObject(owner: string, generation: string, resource: string, imageId: string): string {
  return storePath("offers", owner, generation, `${resource.replaceAll("/", ".")}${offerEnd(imageId)}`);
}

export function isOfferOf(object: string, imageId: string): boolean {
  return object.startsWith("offers/") && object.endsWith(offerEnd(imageId));
}

const offerEnd = (imageId: string): string => `.${imageId.replaceAll(/[^\w.-]/g, "-")}.json`;

/** @param generation only of this one. @default all */
export async function listHolds(store: ObjectStore, owner: string, generation?: string): Promise<readonly Hold[]> {
  const folder = storePath("holds", owner, ...(generation === undefined ? [] : [generation]), "");
  const found = await Promise.all((await store.list(folder)).map(({ object }) => readHold(store, object)));
  return found.filter((hold) => hold !== undefined);
}

/**
 * Ends what a reader holds of a stack: until its next `up` takes another generation, nothing of it is safe any more.
 * @param reader name or identity of the promoting stack
 * @returns what it held
 */
export async function endHold(store: ObjectStore, owner: string, reader: string): Promise<readonly Hold[]> {
  const isNamed = ({ reader: identity, said }: Hold): boolean =>
    identity === reader || said?.stack === reader || (said?.stack.endsWith(`/${reader}`) ?? false);
  const held = (await listHolds(store, owner)).filter(isNamed);
  await Promise.all(held.map(({ object }) => store.delete(object)));
  return held;
}

/** Undefined if it is gone meanwhile. */
async function readHold(store: ObjectStore, object: string): Promise<Hold | undefined> {
  const [, , generation = "", file = ""] = object.split("/");
  const at = { object, generation, reader: file.replace(/\.json$/, "") };
  let content: unknown;
  try {
    content = await store.getJson(object);
  } catch {
    // Who wrote it is known by its name; that somebody holds is all that counts.
    return at;
  }
  if (content === undefined) return undefined;
  const parsed = holdSchema.safeParse(content);
  return parsed.success ? { ...at, said: parsed.data } : at;
}

export function holdText({ reader, said }: Hold): string {
  if (said === undefined) return `a stack with identity ${reader}, whose hold can't be read`;
  return `${said.stack} (identity ${reader}), since ${said.since}`;
}

/** Images of these that nobody offers: they are being deleted, or are gone. */
export async function notOffered(
  store: ObjectStore,
  owner: string,
  generation: string,
  images: ImagesByPlace,
): Promise<readonly string[]> {
  const listed = await store.list(storePath("offers", owner, generation, ""));
  const offers = (await Promise.all(listed.map(({ object }) => store.getJson(object)))).flatMap((content) => {
    const parsed = offerSchema.safeParse(content);
    return parsed.success ? [parsed.data] : [];
  });
  return Object.entries(images)
    .filter(([place, imageId]) => !offers.some((offer) => isOf(offer, place, imageId)))
    .map(([place, imageId]) => `${imageId} in ${place}`);
}

/** Is this the image that somebody means by place and id? */
export function isOf({ imageId, places }: Offer, place: string, id: string): boolean {
  return imageId === id && places.includes(place);
}

export function uses(images: ImagesByPlace, offer: Offer): boolean {
  return Object.entries(images).some(([place, id]) => isOf(offer, place, id));
}
