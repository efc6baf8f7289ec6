import { messageOf } from "../../contract/message-of";
import { z } from "zod";
import { parseUrn } from "../../contract/urn";
import { type Call, type Properties, type ResourceHandler, replaceOn } from "../handler";
import { holdText, listHolds, offerObject, uses } from "../holds";
import { failures, storeSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { ObjectStore, OpenStore } from "../object-store";
import { identitySchema } from "../owner";
import type { AskReader } from "../reader-outputs";

const argsSchema = z.object({
  store: storeSchema,
  identity: identitySchema,
  generation: z.string().min(1),
  imageName: z.string().min(1),
  imageId: z.string().min(1),
  place: z.string().min(1),
  readers: z.array(z.string().min(1)),
});

/** `places`: every id that the place has had; who took the image knows it by the one of that time. */
const stateSchema = argsSchema.extend({ places: z.array(z.string()).min(1), object: z.string().min(1) });
type State = z.infer<typeof stateSchema>;

export interface ImageGuardOptions {
  readonly openStore: OpenStore;
  readonly ask: AskReader;
}

export function imageGuardHandler({ openStore, ask }: ImageGuardOptions): ResourceHandler {
  const readState = (properties: Properties): State => parse(stateSchema, properties, "the state of an ImageGuard");
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const diff = replaceOn(["identity", "generation", "imageId"], olds, news);
      if (diff.changes) return diff;
      return { changes: replaceOn(["store", "imageName", "place", "readers"], olds, news).changes, replaces: [] };
    },
    create: async (inputs, call) => {
      const args = parse(argsSchema, inputs.value, "an ImageGuard");
      const object = offerObject(args.identity, args.generation, parseUrn(call.urn).name, args.imageId);
      const state = { ...args, places: [args.place], object };
      await offer(openStore(state.store), state);
      return { id: object, outs: state };
    },
    // Without its offer nobody can take the image: then the next update makes both again.
    read: async (_id, state) => {
      const guard = readState(state.value);
      return (await openStore(guard.store).head(guard.object)) === undefined ? undefined : guard;
    },
    update: async (_id, olds, news, call) => {
      const before = readState(olds.value);
      const args = parse(argsSchema, news.value, "an ImageGuard");
      const places = [...new Set([...before.places, args.place])];
      const state = { ...args, places, object: before.object };
      const store = openStore(state.store);
      const moved = replaceOn(["bucket", "region", "endpoint"], { ...before.store }, { ...state.store }).changes;
      if (moved) await moveHolds(openStore(before.store), store, before, call);
      await offer(store, state);
      return state;
    },
    delete: async (_id, state, call) => {
      const guard = readState(state.value);
      const store = openStore(guard.store);
      // Before anybody is asked: who takes the image from here on finds that it is not offered (holds.ts).
      await store.delete(guard.object);
      const reasons = await usedBy(guard, { store, ask, call });
      if (reasons.length === 0) return;
      await offer(store, guard);
      throw refusal(guard, reasons);
    },
  };
}

function offer(store: ObjectStore, { object, imageName, imageId, places }: State): Promise<void> {
  return store.put(object, JSON.stringify({ imageName, imageId, places }), "application/json");
}

interface Asking {
  readonly store: ObjectStore;
  readonly ask: AskReader;
  readonly call: Call;
}

/** Everything that speaks against deleting the image, each with what to do. */
async function usedBy(guard: State, { store, ask, call }: Asking): Promise<readonly string[]> {
  const held = await attempt(() => listHolds(store, guard.identity, guard.generation));
  const holds =
    "error" in held
      ? [`the holds in the store can't be read (${held.error}): make it reachable`]
      : held.value
          .filter(({ said }) => said === undefined || uses(said.images, guard))
          .map(
            (hold) =>
              `it is held by ${holdText(hold)}: let that stack take another generation, or end the hold with ` +
              `"npm run owned -- --stack ${parseUrn(call.urn).stack} --end-hold ${hold.said?.stack ?? hold.reader}"`,
          );
  const asked = await Promise.all(
    guard.readers.map(async (reader) => {
      const answer = await attempt(() => ask(reader, call.stop));
      if ("error" in answer) {
        const name = reader.split("/").pop() ?? reader;
        return [
          `whether ${reader} uses it can't be found out (${answer.error}): make that stack readable, or take it off ` +
            `promotedBy and run "pulumi up"; if it is gone for good, "pulumi stack init ${name}" makes one that uses nothing`,
        ];
      }
      const using = answer.value.filter(({ published }) => uses(published, guard)).map(({ id }) => id);
      return using.map((id) => `${reader} uses it, or may go back to it (its ${id}): let it take another generation`);
    }),
  );
  return [...holds, ...asked.flat()];
}

function refusal({ imageName, imageId, place, generation }: State, reasons: readonly string[]): Error {
  return new Error(
    [
      `image ${imageName} (${imageId}) of ${generation} in ${place} is kept, and nothing of it was deleted:`,
      ...reasons.map((reason) => `  ${reason}`),
      "Then run this again.",
    ].join("\n"),
  );
}

/** Who holds the generation knows the store of before until its next run: what it holds stays held. */
async function moveHolds(from: ObjectStore, to: ObjectStore, before: State, call: Call): Promise<void> {
  const moved = await attempt(async () => {
    const holds = await listHolds(from, before.identity, before.generation);
    await Promise.all(holds.map(async ({ object }) => to.put(object, JSON.stringify(await from.getJson(object)))));
    await from.delete(before.object);
  });
  if ("error" in moved) {
    call.log.warn(
      `holds of ${before.generation} in bucket ${before.store.bucket}, the store of before, are not known here ` +
        `(${moved.error}): run "pulumi up" on every stack that promotes from this one, before anything is deleted`,
    );
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
