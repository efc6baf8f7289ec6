import { z } from "zod";
import { type Properties, type ResourceHandler, replaceOn } from "../handler";
import { failures, parse, storeSchema, storedObjectSchema } from "../inputs";
import type { ObjectStore, OpenStore } from "../object-store";

const argsSchema = z.object({
  store: storeSchema,
  record: z.string().min(1),
  key: z.string().min(1),
  objects: z.record(z.string(), storedObjectSchema),
});
type Args = z.infer<typeof argsSchema>;

export function artifactHandler(openStore: OpenStore): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "an Artifact");
  return {
    check: (news) => failures(argsSchema, news),
    // Deleting needs the store's current address and credentials: when these change, the state follows.
    diff: (olds, news) => {
      const diff = replaceOn(["key"], olds, news);
      return diff.changes ? diff : { changes: !sameStore(olds.store, news.store), replaces: [] };
    },
    create: async (inputs) => {
      const args = read(inputs.value);
      const missing = await problems(openStore(args.store), args);
      if (missing.length > 0) throw missingError(args, missing);
      return { id: args.record, outs: args };
    },
    read: async (_id, state) => {
      const args = read(state.value);
      const store = openStore(args.store);
      const names = [args.record, ...Object.values(args.objects).map(({ object }) => object)];
      const found = await Promise.all(names.map((name) => store.head(name)));
      // As long as anything is left, this resource owns it.
      return found.every((one) => one === undefined) ? undefined : args;
    },
    update: async (_id, olds, news) => {
      const args = { ...read(olds.value), store: read(news.value).store };
      const missing = await problems(openStore(args.store), args);
      if (missing.length > 0) throw missingError(args, missing);
      return args;
    },
    delete: async (_id, state) => {
      const args = read(state.value);
      const store = openStore(args.store);
      // The record first: from then on nobody believes that the objects are there.
      await store.delete(args.record);
      await Promise.all(Object.values(args.objects).map(({ object }) => store.delete(object)));
    },
  };
}

async function problems(store: ObjectStore, args: Args): Promise<readonly string[]> {
  const record = await store.head(args.record);
  const objects = await Promise.all(
    Object.values(args.objects).map(async ({ object, sizeBytes }) => {
      const found = await store.head(object);
      if (found === undefined) return [`${object} is not there`];
      if (found.sizeBytes === sizeBytes) return [];
      return [`${object} has ${String(found.sizeBytes)} bytes instead of ${String(sizeBytes)}`];
    }),
  );
  return [...(record === undefined ? [`${args.record} (the commit record) is not there`] : []), ...objects.flat()];
}

function missingError(args: Args, missing: readonly string[]): Error {
  return new Error(
    `bucket "${args.store.bucket}" does not hold the artifact of build ${args.key.slice(0, 8)}: ${missing.join("; ")}. ` +
      `Delete ${args.record} if it is there and run "pulumi up" again: the artifact is then built again`,
  );
}

function sameStore(a: unknown, b: unknown): boolean {
  const one = storeSchema.safeParse(a);
  const other = storeSchema.safeParse(b);
  return one.success && other.success && JSON.stringify(one.data) === JSON.stringify(other.data);
}
