/** Every resource type, with its handler on the real world: the provider's own, and those of each platform's room. */
import { platforms } from "../infra/specs";
import { InnerStacks } from "../provider/ephemeral-stack/inner-stacks";
import { openStore } from "../provider/object-store";
import { run } from "../provider/process";
import { commonResources } from "../provider/resources";
import type { KeptForms, ResourceType, World } from "../provider/room";
import { realWait } from "../provider/wait";

export async function allResources(): Promise<Readonly<Record<string, ResourceType>>> {
  const world: World = { run, openStore, wait: realWait, now: Date.now, env: process.env };
  const opened = await Promise.all(platforms().map(({ room }) => room()));
  const rooms = opened.flatMap((open) => (open === undefined ? [] : [open(world)]));
  const forms = anyForms(rooms.flatMap(({ forms = [] }) => forms));
  const stacks = new InnerStacks({ run, openStore, formTags: forms.tagsOf, now: Date.now });
  const common = commonResources(world, stacks, forms.deleteOf);
  return rooms.reduce((all, { resources }) => ({ ...all, ...resources }), common);
}

/** The forms of all rooms: each is asked where it says that one of its own may be. */
function anyForms(all: readonly KeptForms[]): Pick<KeptForms, "tagsOf" | "deleteOf"> {
  const of = (where: string): KeptForms => {
    const found = all.find(({ isIn }) => isIn(where));
    if (found === undefined) throw new Error(`no platform keeps a form of a disk in ${where}`);
    return found;
  };
  return {
    tagsOf: async (where, id) => of(where).tagsOf(where, id),
    deleteOf: async (where, owned) => of(where).deleteOf(where, owned),
  };
}
