import { z } from "zod";
import { type Properties, type ResourceHandler, replaceOn } from "../handler";
import { failures, storeSchema, storedObjectSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { OpenStore } from "../object-store";
import type { KeptForms } from "../room";
import { identitySchema } from "../owner";

const argsSchema = z.object({
  store: storeSchema,
  record: z.string().min(1),
  key: z.string().min(1),
  objects: z.array(z.string().min(1)),
  identity: identitySchema,
  regions: z.array(z.string().min(1)).default([]),
});
type Args = z.infer<typeof argsSchema>;

/** As the version before kept it: the objects that the record named. */
const formerSchema = z
  .object({
    store: storeSchema,
    record: z.string().min(1),
    key: z.string().min(1),
    objects: z.record(z.string(), storedObjectSchema),
  })
  .transform(({ objects, ...more }) => ({ ...more, objects: Object.values(objects).map(({ object }) => object) }));
const stateSchema = z.union([argsSchema, formerSchema]);

export interface ArtifactOptions {
  readonly openStore: OpenStore;
  readonly deleteForms: KeptForms["deleteOf"];
}

export function artifactHandler({ openStore, deleteForms }: ArtifactOptions): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "the inputs of an Artifact");
  return {
    check: (news) => failures(argsSchema, news),
    // What is deleted in the end, and how it is reached, is as the program last said.
    diff: (olds, news) => {
      const diff = replaceOn(["key", "record"], olds, news);
      return diff.changes ? diff : { changes: !sameArgs(olds, news), replaces: [] };
    },
    // Before anything is stored: a run that is cut off leaves nothing that no state knows of.
    create: (inputs) => {
      const args = read(inputs.value);
      return Promise.resolve({ id: args.record, outs: args });
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: (_id, _olds, news) => Promise.resolve(read(news.value)),
    delete: async (_id, state) => {
      const owned = parse(stateSchema, state.value, "the state of an Artifact");
      const store = openStore(owned.store);
      if ("identity" in owned) {
        const { identity, key } = owned;
        await Promise.all(owned.regions.map((region) => deleteForms(region, { identity, key })));
      }
      await Promise.all(owned.objects.map((object) => store.delete(object)));
      // Last: as long as it is there, what may be left is known, and is looked at before it is believed.
      await store.delete(owned.record);
    },
  };
}

function sameArgs(olds: Properties, news: Properties): boolean {
  const one = argsSchema.safeParse(olds);
  const other = argsSchema.safeParse(news);
  return one.success && other.success && JSON.stringify(one.data) === JSON.stringify(other.data);
}
