/** Gathers what the report is written from. Only the stack's own outputs must be there: all else may be named as missing. */
import { messageOf } from "../../contract/message-of";
import * as z from "zod";
import { storeSchema } from "../../model/settings/schemas";
import type { Store } from "../../provider/store";
import { readRawSettings, readOutputs, type Pulumi } from "../outputs/read";
import type { ObjectStore } from "../../provider/object-store";
import type { Command } from "./command";
import type { StoreOwner } from "./costs";
import type { Facts, Reader } from "./facts";
import { readBeside, type Known } from "./kept";

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
  const { store, promotedBy } = builderSettings(pulumi, builder);
  const readers = [...new Set([...promotedBy, ...beside])].filter((name) => name !== stack);
  const disks = new Map(outputs.generations.flatMap((entry) => Object.entries(entry.disks)));
  const kept = await Promise.all(
    [...disks].map(async ([key, facts]) => {
      return { key, facts, ...(await readBeside({ key, facts, stack: builder }, store, sources.openStore)) };
    }),
  );
  return {
    stack,
    outputs,
    readers: readers.map((name) => readReader(pulumi, name)),
    packages: new Map(
      kept.flatMap(({ facts, packages }) =>
        facts.packages === undefined || packages === undefined ? [] : [[facts.packages, packages]],
      ),
    ),
    documents: new Map(kept.map(({ key, facts: _facts, packages: _packages, ...documents }) => [key, documents])),
    store: ownerOf(store),
    now,
  };
}

/** Of the settings only what a report needs: a setting that is wrong elsewhere is no reason to have no report. */
function builderSettings(
  pulumi: Pulumi,
  stack: string,
): { readonly store: Known<Store>; readonly promotedBy: readonly string[] } {
  try {
    const settings = readRawSettings(pulumi, stack);
    const store = storeSchema.safeParse(settings["store"]);
    const promotedBy = z.array(z.string()).safeParse(settings["promotedBy"]);
    return {
      store: store.success ? store.data : { problem: `the settings of stack ${stack} name no store` },
      promotedBy: promotedBy.success ? promotedBy.data : [],
    };
  } catch (error) {
    return { store: { problem: `the settings of stack ${stack} can't be read: ${messageOf(error)}` }, promotedBy: [] };
  }
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
