/** Who uses which images of the stack: what somebody uses is deleted by nobody, whether or not a state knows of it. */
import { messageOf } from "../../contract/message-of";
import { holdText, listHolds } from "../../provider/holds";
import type { ObjectStore } from "../../provider/object-store";
import type { AskReader } from "../../provider/reader-outputs";

export interface InUse {
  /** Who uses it, by what its place calls the image: an AMI's id, a volume's name. */
  readonly images: ReadonlyMap<string, string>;
  /** Who may use what, for it can't be read; each with what to do. */
  readonly unread: readonly string[];
  /** Every hold, in words. */
  readonly holds: readonly string[];
}

export interface UseArgs {
  readonly store: ObjectStore;
  readonly stack: string;
  readonly identity: string;
  /** Stacks that the settings list as promoting from this one. */
  readonly readers: readonly string[];
  readonly ask: AskReader;
}

/** @throws Error if the holds can't be listed */
export async function inUse({ store, stack, identity, readers, ask }: UseArgs): Promise<InUse> {
  const images = new Map<string, string>();
  const unread: string[] = [];
  const holds = await listHolds(store, identity);
  for (const hold of holds) {
    const by = `held by ${holdText(hold)}`;
    for (const image of Object.values(hold.said?.images ?? {})) images.set(image, by);
    if (hold.said === undefined) {
      unread.push(`${by}: end it with "npm run owned -- --stack ${stack} --end-hold ${hold.reader}"`);
    }
  }
  const asked = readers.map(async (reader) => {
    try {
      for (const { id, published } of await ask(reader, new AbortController().signal)) {
        for (const image of Object.values(published)) images.set(image, `used by ${reader} (its ${id})`);
      }
    } catch (error) {
      unread.push(
        `promotedBy: whether ${reader} uses it can't be found out (${messageOf(error)}): make it readable, or take it off`,
      );
    }
  });
  await Promise.all(asked);
  return { images, unread, holds: holds.map((hold) => `${hold.generation} by ${holdText(hold)}`) };
}
