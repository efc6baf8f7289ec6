/** Gathers what the report is written from. Only the stack's own outputs must be there: all else may be named as missing. */
import { messageOf } from "../../contract/message-of";
import * as z from "zod";
import type { PackageVersion } from "../../contract/commit-record";
import { storeSchema } from "../../model/settings/schemas";
import type { Store } from "../../provider/store";
import { readRawSettings, readOutputs, type Pulumi } from "../outputs/read";
import type { Command } from "./command";
import type { StoreOwner } from "./costs";
import type { Facts, Reader } from "./facts";
import type { PackageList, PackageLists } from "./packages";

export interface Sources {
  readonly pulumi: Pulumi;
  readonly openStore: (store: Store) => { readonly getJson: (object: string) => Promise<unknown> };
  readonly now: Date;
}

/** @throws OutputsError, LedgerError if there is nothing to report on */
export async function gather({ stack, beside }: Pick<Command, "stack" | "beside">, sources: Sources): Promise<Facts> {
  const { pulumi, now } = sources;
  const outputs = readOutputs(pulumi, stack);
  const { store, promotedBy } = builderSettings(pulumi, outputs.promotedFrom ?? stack);
  const readers = [...new Set([...promotedBy, ...beside])].filter((name) => name !== stack);
  const disks = outputs.generations.flatMap((entry) => Object.values(entry.disks));
  const objects = [...new Set(disks.flatMap(({ packages }) => (packages === undefined ? [] : [packages])))];
  return {
    stack,
    outputs,
    readers: readers.map((name) => readReader(pulumi, name)),
    packages: await readLists(objects, store, sources),
    store: ownerOf(store),
    now,
  };
}

type Known<T> = T | { readonly problem: string };

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

async function readLists(objects: readonly string[], store: Known<Store>, sources: Sources): Promise<PackageLists> {
  if ("problem" in store) return new Map(objects.map((object) => [object, { unreadable: store.problem }]));
  const opened = sources.openStore(store);
  const lists = objects.map(async (object) => [object, await readList(() => opened.getJson(object), object)] as const);
  return new Map(await Promise.all(lists));
}

const packageList: z.ZodType<readonly PackageVersion[]> = z.array(z.object({ name: z.string(), version: z.string() }));

async function readList(get: () => Promise<unknown>, object: string): Promise<PackageList> {
  try {
    const found = await get();
    if (found === undefined) return { unreadable: `the store has no ${object}` };
    const parsed = packageList.safeParse(found);
    if (!parsed.success) return { unreadable: `${object} is no list of packages` };
    // An image without a package manager that is known has an empty list.
    return parsed.data.length === 0 ? { unreadable: "the image can't tell its packages" } : parsed.data;
  } catch (error) {
    // Without the object: what stops one mostly stops all, and is then said once.
    return { unreadable: messageOf(error).replace(` "${object}"`, "") };
  }
}
