/** The record of finished work: there, and everything it names there with its size? Then there is nothing to do. */
import { z } from "zod";
import type { ObjectStore } from "../object-store";
import type { RecordArgs } from "./args";

const named = z.object({ object: z.string(), sizeBytes: z.number() });
const namedObjects = z.union([z.array(named), z.record(z.string(), named)]);

export type RecordState =
  | { readonly kind: "whole"; readonly record: unknown }
  | { readonly kind: "missing" }
  /** The record promises what is not there: the work has to be done again. */
  | { readonly kind: "broken"; readonly why: string };

export async function lookAtRecord(store: ObjectStore, args: RecordArgs): Promise<RecordState> {
  const record = await store.getJson(args.object);
  if (record === undefined) return { kind: "missing" };
  const parsed = z.looseObject({ [args.objectsField]: namedObjects }).safeParse(record);
  if (!parsed.success) return { kind: "broken", why: `it names no objects in "${args.objectsField}"` };
  const objects = namedObjects.parse(parsed.data[args.objectsField]);
  const problems = await Promise.all(
    Object.values(objects).map(async ({ object, sizeBytes }) => {
      const found = await store.head(object);
      if (found === undefined) return [`${object} is not there`];
      if (found.sizeBytes !== sizeBytes)
        return [`${object} has ${String(found.sizeBytes)} bytes, not ${String(sizeBytes)}`];
      return [];
    }),
  );
  const all = problems.flat();
  return all.length === 0 ? { kind: "whole", record } : { kind: "broken", why: all.join("; ") };
}
