import { z } from "zod";
import { parse } from "../../../../contract/schemas/parse";
import { neverUpdated, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import type { Wait } from "../../../../provider/wait";
import { choiceSchema } from "../cloud/access";
import type { OpenCloud } from "../cloud/cloud";
import { argsSchema as machineSchema } from "../machine/args";
import { sweep } from "../machine/servers";

const { name, identity } = machineSchema.shape;
const argsSchema = z.object({ cloud: choiceSchema, name, identity });

export interface NovaSweepOptions {
  readonly openCloud: OpenCloud;
  readonly wait: Wait;
}

export function novaSweepHandler({ openCloud, wait }: NovaSweepOptions): ResourceHandler {
  const read = (properties: unknown) => parse(argsSchema, properties, "the inputs of a NovaSweep");
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["cloud", "name", "identity"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      await sweep(openCloud(args.cloud), args, wait, call.stop, call.log.status.bind(call.log));
      return { id: args.name, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      const args = read(state.value);
      await sweep(openCloud(args.cloud), args, wait, call.gone, call.log.status.bind(call.log));
    },
  };
}
