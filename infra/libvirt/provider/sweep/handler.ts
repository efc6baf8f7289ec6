import { z } from "zod";
import { type Call, type ResourceHandler, neverUpdated, replaceOn } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { poolSchema, uriSchema } from "../image/place-schema";
import type { Run } from "../../../../provider/process";
import { sweep } from "./script";

const nameSchema = z.string().regex(/^[^\s/-][^\s/]*$/, "must be a name without blanks and slashes");
const argsSchema = z.object({
  uri: uriSchema,
  domain: nameSchema,
  pool: poolSchema,
  volumes: z.array(nameSchema),
});
type Args = z.infer<typeof argsSchema>;
/** What the version before has left behind: its names were the prefix and these. */
const oldStateSchema = z
  .object({ uri: uriSchema, prefix: nameSchema, pools: z.tuple([poolSchema]) })
  .transform(({ uri, prefix, pools: [pool] }): Args => ({
    uri,
    domain: prefix,
    pool,
    volumes: ["root", "scratch", "seed.iso"].map((role) => `${prefix}-${role}`),
  }));
const stateSchema = z.union([argsSchema, oldStateSchema]);

export function libvirtSweepHandler({ run }: { readonly run: Run }): ResourceHandler {
  const remove = async ({ uri, domain, pool, volumes }: Args, call: Call): Promise<void> => {
    const task = { uri, domains: [domain], volumes: volumes.map((name) => ({ pool, name })) };
    for (const line of await sweep(run, task, call.stop)) call.log.warn(line);
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["uri", "domain", "pool", "volumes"], olds, news),
    create: async (inputs, call) => {
      const args = parse(argsSchema, inputs.value, "the inputs of a LibvirtSweep");
      await remove(args, call);
      return { id: args.domain, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      await remove(parse(stateSchema, state.value, "the state of a LibvirtSweep"), call);
    },
  };
}
