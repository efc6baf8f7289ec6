/** What else names images of generations that are about to go, such as a launch template: those generations stay. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../../contract/message-of";
import { parts } from "../../infra";
import type { ImageUser } from "../../infra/platform";
import { placeAddress, type PlaceSpec } from "../../infra/specs";
import type { LedgerEntry } from "../../model/plan";

export interface Named {
  /** Ids of generations that stay. */
  readonly ids: readonly string[];
  /** Which, and what names them. */
  readonly kept: readonly string[];
  /** Which, why that could not be told, and what to do: what is not known is not deleted. */
  readonly unread: readonly string[];
}

export type AskUsers = (place: PlaceSpec, imageIds: readonly string[]) => Promise<readonly ImageUser[]>;

const reallyAsk: AskUsers = async (place, imageIds) => (await parts(place.platform)).usersOf?.(place, imageIds) ?? [];

/** An image in its place. */
interface Published {
  readonly generation: string;
  readonly place: string;
  readonly imageId: string;
}

/**
 * @param going generations that nothing else keeps
 * @param today places of the settings: how a place is asked is theirs to say, where they still have it
 */
export async function askUsers(
  going: readonly LedgerEntry[],
  today: readonly PlaceSpec[],
  ask: AskUsers = reallyAsk,
): Promise<Named> {
  const places = [...imagesByPlace(going, today).values()];
  const answers = await Promise.all(places.map((place) => askPlace(place, ask)));
  const generations = going.map(({ id }) => ({
    id,
    users: answers.flatMap(({ users }) => users.filter(({ generation }) => generation === id)),
  }));
  const named = generations.filter(({ users }) => users.length > 0);
  const unread = answers.filter(({ why }) => why !== undefined);
  return {
    ids: [...new Set([...named.map(({ id }) => id), ...unread.flatMap((answer) => answer.generations)])],
    kept: named.map(({ id, users }) => `${id} is kept: ${usersText(users)}. It goes by itself once nothing names it`),
    unread: unread.map(({ generations, why = "" }) => `${generations.join(", ")}: kept, since ${why}`),
  };
}

/** Says what stays and why: above the list of resources, in previews too. */
export async function announceUsers({ kept, unread }: Named): Promise<void> {
  for (const line of kept) await pulumi.log.info(line);
  for (const line of unread) await pulumi.log.warn(line);
}

interface InPlace {
  readonly spec: PlaceSpec;
  readonly images: readonly Published[];
}

function imagesByPlace(going: readonly LedgerEntry[], today: readonly PlaceSpec[]): ReadonlyMap<string, InPlace> {
  const current = new Map(today.map((spec) => [placeAddress(spec), spec]));
  const found = new Map<string, InPlace>();
  for (const { id: generation, images, published } of going) {
    for (const { id: place, spec } of images.flatMap((image) => image.places)) {
      const imageId = published[place];
      if (imageId === undefined) continue;
      const address = placeAddress(spec);
      const before = found.get(address) ?? { spec: current.get(address) ?? spec, images: [] };
      found.set(address, { ...before, images: [...before.images, { generation, place, imageId }] });
    }
  }
  return found;
}

interface Use extends Published {
  readonly user: ImageUser;
}

interface Answer {
  readonly generations: readonly string[];
  readonly users: readonly Use[];
  readonly why?: string;
}

async function askPlace({ spec, images }: InPlace, ask: AskUsers): Promise<Answer> {
  const generations = [...new Set(images.map(({ generation }) => generation))];
  try {
    const users = await ask(spec, [...new Set(images.map(({ imageId }) => imageId))]);
    const pairs = images.flatMap((image) =>
      users.filter(({ imageId }) => imageId === image.imageId).map((user) => ({ ...image, user })),
    );
    return { generations, users: pairs };
  } catch (error) {
    return { generations, users: [], why: messageOf(error) };
  }
}

/** A pool may run hundreds of machines. */
const SHOWN = 5;

function usersText(users: readonly Use[]): string {
  const shown = users
    .slice(0, SHOWN)
    .map(({ user: { kind, id }, imageId, place }) => `${kind} ${id} names ${imageId} (${place})`);
  const more = users.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
