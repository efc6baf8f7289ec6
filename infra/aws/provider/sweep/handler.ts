import type { EC2Client } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { MACHINE_KINDS, thingsBearing, type AwsThing } from "../things";
import {
  neverUpdated,
  replaceOn,
  type Call,
  type Properties,
  type ResourceHandler,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { OWNER_TAG, STACK_TAG } from "../../../../provider/owner";

type Ec2 = Pick<EC2Client, "send">;

/** One machine of one owner: anything less would take in what is another's. */
const markSchema = z
  .record(z.string(), z.string().min(1))
  .refine((tags) => "Name" in tags && (OWNER_TAG in tags || STACK_TAG in tags), "must have a name and an owner");
const argsSchema = z.object({ region: z.string().min(1), bearing: z.array(markSchema).min(1) });
type Args = z.infer<typeof argsSchema>;

const PAUSE_MS = 3_000;
/** An instance takes minutes to end, and its security group is in use until then. */
const BOUND_MINUTES = 15;

export interface AwsSweepOptions {
  /** A client of one region. */
  readonly ec2: (region: string) => Promise<Ec2>;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => number;
}

export function awsSweepHandler({ ec2, sleep = pause, now = Date.now }: AwsSweepOptions): ResourceHandler {
  const sweep = async (properties: Properties, call: Call): Promise<Args> => {
    const args = parse(argsSchema, properties, "the inputs of an AwsSweep");
    const client = await ec2(args.region);
    const deadline = now() + BOUND_MINUTES * 60_000;
    const told = new Set<string>();
    for (;;) {
      call.stop.throwIfAborted();
      const left = await leftOvers(client, args);
      for (const one of left.filter((one) => !told.has(one.id))) {
        call.log.warn(`ending ${one.kind} ${one.id} in ${args.region}, which a killed run left`);
        told.add(one.id);
      }
      if (left.length === 0) return args;
      for (const one of left) await one.end();
      if (now() > deadline) {
        const names = left.map(({ kind, id }) => `${kind} ${id}`).join(", ");
        throw new Error(
          `${args.region}: still there after ${String(BOUND_MINUTES)} minutes: ${names}; end them, then run "pulumi up" again`,
        );
      }
      await sleep(PAUSE_MS);
    }
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["region", "bearing"], olds, news),
    create: async (inputs, call) => {
      const args = await sweep(inputs.value, call);
      return { id: args.bearing[0]?.Name ?? args.region, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      await sweep(state.value, call);
    },
  };
}

/** Of each kind only once there is nothing more of the kinds before it, which use it. */
async function leftOvers(client: Ec2, { bearing }: Args): Promise<readonly AwsThing[]> {
  for (const kind of MACHINE_KINDS) {
    const left = (await Promise.all(bearing.map((tags) => thingsBearing(client, kind, tags)))).flat();
    if (left.length > 0) return left;
  }
  return [];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
