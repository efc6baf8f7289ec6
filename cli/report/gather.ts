/** Gathers what the report is written from. Only the stack's own outputs must be there: all else may be named as missing. */
import { messageOf } from "../../contract/message-of";
import * as z from "zod";
import { storeSchema } from "../../model/settings/schemas";
import type { Store } from "../../provider/store";
import { readOutputs, type Pulumi } from "../outputs/read";
import type { ObjectStore } from "../../provider/object-store";
import type { Command } from "./command";
import type { StoreOwner } from "./costs";
import type { Facts, Reader } from "./facts";
import { readBeside, type Known } from "./kept";
import { buildTimes, generationsOf, promoteTimes, written, type Promoting, type Written } from "./schedule";

export interface Sources {
  readonly pulumi: Pulumi;
  readonly openStore: (store: Store) => Pick<ObjectStore, "getBytes">;
  readonly now: Date;
}

/** @throws OutputsError, LedgerError if there is nothing to report on */
export async function gather({ stack, beside }: Pick<Command, "stack" | "beside">, sources: Sources): Promise<Facts> {
  const { pulumi, now } = sources;
  const outputs = readOutputs(pulumi, stack);
  const builder = outputs.promotedFrom ?? stack;
  const raw = written(pulumi, builder);
  const { store, promotedBy } = builderSettings(builder, raw);
  const named = [...new Set([...promotedBy, ...beside])].filter((name) => name !== stack);
  const readers = named.map((name) => readReader(pulumi, name));
  const disks = new Map(outputs.generations.flatMap((entry) => Object.entries(entry.disks)));
  const kept = await Promise.all(
    [...disks].map(async ([key, facts]) => {
      return { key, facts, ...(await readBeside({ key, facts, stack: builder }, store, sources.openStore)) };
    }),
  );
  return {
    stack,
    outputs,
    readers,
    packages: new Map(
      kept.flatMap(({ facts, packages }) =>
        facts.packages === undefined || packages === undefined ? [] : [[facts.packages, packages]],
      ),
    ),
    documents: new Map(kept.map(({ key, facts: _facts, packages: _packages, ...documents }) => [key, documents])),
    schedule: {
      building: {
        stack: builder,
        generations: outputs.promotedFrom === undefined ? outputs.generations : generationsOf(pulumi, builder),
        settings: buildTimes(builder, raw),
      },
      promoting: [...readers, ...(outputs.promotedFrom === undefined ? [] : [{ stack, outputs }])].flatMap((reader) =>
        promoting(pulumi, reader, promotedBy.includes(reader.stack)),
      ),
    },
    store: ownerOf(store),
    now,
  };
}

/** A stack that is shown beside this one need not promote from it. */
function promoting(pulumi: Pulumi, reader: Reader, isListed: boolean): Promoting[] {
  const { stack } = reader;
  const isPromoted = "outputs" in reader && reader.outputs.promotedFrom !== undefined;
  if (!isListed && !isPromoted) return [];
  const used = "problem" in reader ? { problem: reader.problem } : reader.outputs.generations;
  return [{ stack, used, settings: promoteTimes(stack, written(pulumi, stack)) }];
}

/** Of the settings only what a report needs: a setting that is wrong elsewhere is no reason to have no report. */
function builderSettings(
  stack: string,
  read: Written,
): { readonly store: Known<Store>; readonly promotedBy: readonly string[] } {
  if ("problem" in read) return { store: read, promotedBy: [] };
  const store = storeSchema.safeParse(read.raw["store"]);
  const promotedBy = z.array(z.string()).safeParse(read.raw["promotedBy"]);
  return {
    store: store.success ? store.data : { problem: `the settings of stack ${stack} name no store` },
    promotedBy: promotedBy.success ? promotedBy.data : [],
  };
}

function readReader(pulumi: Pulumi, stack: string): Reader {
  try {
    return { stack, outputs: readOutputs(pulumi, stack) };
  } catch (error) {
    return { stack, problem: messageOf(error) };
  }
}

function ownerOf(store: Known<Store>): StoreOwner {
  if ("problem" in store) return "unknown";
  return store.endpoint === undefined ? "amazon" : "own";
}
