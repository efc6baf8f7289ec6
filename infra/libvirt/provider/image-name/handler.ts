import { z } from "zod";
import { type ResourceHandler, replaceOn } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { ask } from "../image/ask";
import { nameSchema, poolSchema, uriSchema } from "../image/place-schema";
import { ownerSchema } from "../../../../provider/owner";
import type { Run } from "../../../../provider/process";

const argsSchema = z.object({ uri: uriSchema, pool: poolSchema, name: nameSchema, owner: ownerSchema });

/** How long virsh may take. */
const DELETE_SECONDS = 180;

export function libvirtImageNameHandler({ run }: { readonly run: Run }): ResourceHandler {
  const read = (properties: unknown) => parse(argsSchema, properties, "a LibvirtImageName");
  return {
    check: (news) => failures(argsSchema, news),
    // The name of the resource says which place it is in: another URI or pool is another spelling.
    diff: (olds, news) => {
      const diff = replaceOn(["name"], olds, news);
      return diff.changes ? diff : { changes: replaceOn(["uri", "pool", "owner"], olds, news).changes, replaces: [] };
    },
    create: (inputs) => {
      const args = read(inputs.value);
      return Promise.resolve({ id: `${args.uri}#${args.pool}/${args.name}`, outs: args });
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: (_id, _olds, news) => Promise.resolve(read(news.value)),
    delete: async (_id, state, call) => {
      const { uri, pool, name, owner } = read(state.value);
      const task = { kind: "delete", pool, name, known: owner } as const;
      const answer = (await ask(run, uri, task, { ...call, seconds: DELETE_SECONDS })).at(-1);
      if (answer?.kind === "kept")
        call.log.info(`volume "${name}" of storage pool "${pool}" at ${uri} is left alone: ${answer.why}`);
    },
  };
}
