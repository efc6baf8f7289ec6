import { messageOf } from "../../contract/message-of";
import { z } from "zod";
import { type Call, type Properties, type ResourceHandler, replaceOn } from "../handler";
import { holdObject, listHolds, notOffered } from "../holds";
import { failures, storeSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { ObjectStore, OpenStore } from "../object-store";
import { identitySchema } from "../owner";

const argsSchema = z.object({
  store: storeSchema,
  owner: identitySchema,
  from: z.string().min(1),
  generation: z.string().min(1),
  reader: identitySchema,
  stack: z.string().min(1),
  images: z.record(z.string(), z.string().min(1)),
  known: z.array(z.string()),
});

const stateSchema = argsSchema.omit({ known: true }).extend({ since: z.string() });
type State = z.infer<typeof stateSchema>;

export interface HoldOptions {
  readonly openStore: OpenStore;
  readonly now: () => Date;
}

export function holdHandler({ openStore, now }: HoldOptions): ResourceHandler {
  const readState = (properties: Properties): State => parse(stateSchema, properties, "the state of a Hold");
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const diff = replaceOn(["owner", "generation", "reader"], olds, news);
      if (diff.changes) return diff;
      return { changes: replaceOn(["store", "from", "stack", "images"], olds, news).changes, replaces: [] };
    },
    create: async (inputs) => {
      const { known, ...args } = parse(argsSchema, inputs.value, "a Hold");
      const state = { ...args, since: now().toISOString() };
      const store = openStore(state.store);
      await write(store, state);
      await stillOffered(store, state, () => store.delete(objectOf(state)));
      await endUnknown(store, state, [...known, state.generation]);
      return { id: objectOf(state), outs: state };
    },
    read: async (_id, state) => {
      const held = readState(state.value);
      return (await openStore(held.store).head(objectOf(held))) === undefined ? undefined : held;
    },
    update: async (_id, olds, news, call) => {
      const before = readState(olds.value);
      const { known: _known, ...args } = parse(argsSchema, news.value, "a Hold");
      const state = { ...args, since: before.since };
      const moved = JSON.stringify(before.store) !== JSON.stringify(state.store);
      const store = openStore(state.store);
      await write(store, state);
      // What was held stays held: the outputs of this stack name it as long as the update fails.
      await stillOffered(store, state, () => (moved ? store.delete(objectOf(state)) : write(store, before)));
      if (before.store.bucket !== state.store.bucket) await leave(openStore(before.store), before, call);
      return state;
    },
    delete: async (_id, state) => {
      const held = readState(state.value);
      try {
        await openStore(held.store).delete(objectOf(held));
      } catch (cause) {
        throw new Error(
          `${held.generation} of ${held.from} is still held: once that stack's store can be reached, run this again. If the ` +
            `store is gone for good, "pulumi state delete" with this resource's URN forgets the hold`,
          { cause },
        );
      }
    },
  };
}

const objectOf = ({ owner, generation, reader }: State): string => holdObject(owner, generation, reader);

/** A run that was killed between writing a hold and its state left one that no resource knows. */
async function endUnknown(store: ObjectStore, { owner, reader }: State, known: readonly string[]): Promise<void> {
  const unknown = (await listHolds(store, owner)).filter(
    (hold) => hold.reader === reader && !known.includes(hold.generation),
  );
  await Promise.all(unknown.map(({ object }) => store.delete(object)));
}

/** Deletes what was written in the store of before. That store may be gone, which is no reason to stop here. */
async function leave(store: ObjectStore, before: State, call: Call): Promise<void> {
  try {
    await store.delete(objectOf(before));
  } catch (error) {
    const why = messageOf(error);
    call.log.warn(
      `the hold in the store of before stays there: ${objectOf(before)} of bucket ${before.store.bucket} (${why})`,
    );
  }
}

function write(store: ObjectStore, state: State): Promise<void> {
  const { stack, reader, from, since, images } = state;
  const text = JSON.stringify({ stack, identity: reader, from, since, images });
  return store.put(objectOf(state), text, "application/json");
}

/** @throws Error after `takeBack` if any of the images is not there to be taken any more */
async function stillOffered(store: ObjectStore, state: State, takeBack: () => Promise<void>): Promise<void> {
  const { owner, generation, images, from } = state;
  const gone = await notOffered(store, owner, generation, images);
  if (gone.length === 0) return;
  await takeBack();
  throw new Error(
    `${generation} is being deleted by ${from}, or has been: ${gone.join(", ")}; take another generation (run this again, or ` +
      `name one in promote.generation). If ${from} keeps it, run "pulumi up --refresh" there: that offers it again`,
  );
}
