import { messageOf } from "../../../../contract/message-of";
import { parse } from "../../../../contract/schemas/parse";
import { keepAllSecrets } from "../../../../provider/codec";
import { neverUpdated, PartialFailure, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import type { Wait } from "../../../../provider/wait";
import type { OpenCloud } from "../cloud/cloud";
import { type Args, argsSchema } from "./args";
import { getServer, sweep } from "./servers";
import { startMachine } from "./start";

export interface NovaMachineOptions {
  readonly openCloud: OpenCloud;
  readonly wait: Wait;
}

const DECIDES = [
  "name",
  "identity",
  "image",
  "flavor",
  "network",
  "securityGroups",
  "floatingNetwork",
  "availabilityZone",
  "diskGib",
  "userData",
];

export function novaMachineHandler({ openCloud, wait }: NovaMachineOptions): ResourceHandler {
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of a NovaMachine");
  return {
    check: (news) => failures(argsSchema, news),
    // Both would have the same name, and what has it is swept.
    diff: (olds, news) => ({ ...replaceOn(["cloud", ...DECIDES], olds, news), deleteBeforeReplace: true }),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const cloud = openCloud(args.cloud);
      try {
        const started = await startMachine(cloud, args, wait, call);
        return { id: started.serverId, outs: { ...keepAllSecrets(inputs), ...started } };
      } catch (cause) {
        if (call.gone.aborted) throw cause;
        // What was made, and what may have been made by a request without an answer.
        await sweep(cloud, args, wait, call.gone, call.log.status.bind(call.log)).catch((failed: unknown) => {
          const why = messageOf(failed);
          const state = { ...keepAllSecrets(inputs), serverId: "", address: "" };
          throw new PartialFailure(`of ${args.name} something is left behind: ${why}`, args.name, state, { cause });
        });
        throw cause;
      }
    },
    read: async (_id, state) => {
      const { serverId } = state.value;
      const { cloud } = read(state.value);
      const server =
        typeof serverId === "string" && serverId !== "" ? await getServer(openCloud(cloud), serverId) : undefined;
      return server === undefined ? undefined : keepAllSecrets(state);
    },
    update: neverUpdated,
    delete: async (_id, state, call) => {
      const args = read(state.value);
      await sweep(openCloud(args.cloud), args, wait, call.gone, call.log.status.bind(call.log));
    },
  };
}
