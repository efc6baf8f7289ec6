import type { EC2Client } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { nameOf } from "../aws-clients";
import { neverUpdated, replaceOn, type Call, type Properties, type ResourceHandler } from "../handler";
import { failures, parse } from "../inputs";

type Ec2 = Pick<EC2Client, "send">;

const argsSchema = z.object({ region: z.string().min(1), machine: z.string().min(8), stack: z.string().min(1) });
type Args = z.infer<typeof argsSchema>;

const PAUSE_MS = 3_000;
/** An instance takes minutes to end, and its security group is in use until then. */
const BOUND_MINUTES = 15;
const ALIVE = ["pending", "running", "stopping", "stopped", "shutting-down"];

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
      call.gone.throwIfAborted();
      const left = await leftOvers(client, args);
      for (const one of left.filter((one) => !told.has(one.id))) {
        call.log.warn(`ending ${one.what} ${one.id} in ${args.region}, which a killed run left`);
        told.add(one.id);
      }
      if (left.length === 0) return args;
      for (const one of left) await one.end();
      if (now() > deadline) {
        const names = left.map(({ what, id }) => `${what} ${id}`).join(", ");
        throw new Error(
          `${args.region}: still there after ${String(BOUND_MINUTES)} minutes: ${names}; end them, then run "pulumi up" again`,
        );
      }
      await sleep(PAUSE_MS);
    }
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["region", "machine", "stack"], olds, news),
    create: async (inputs, call) => {
      const args = await sweep(inputs.value, call);
      return { id: args.machine, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: async (_id, state, call) => {
      await sweep(state.value, call);
    },
  };
}

interface LeftOver {
  readonly what: string;
  readonly id: string;
  end(): Promise<void>;
}

/** Groups and keys only once no instance is there to use them. */
async function leftOvers(client: Ec2, { machine, stack }: Args): Promise<LeftOver[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const ours = [
    { Name: "tag:Name", Values: [machine] },
    { Name: "tag:copr-builders-stack", Values: [stack] },
  ];
  const alive = { Name: "instance-state-name", Values: ALIVE };
  const { Reservations = [] } = await client.send(new sdk.DescribeInstancesCommand({ Filters: [...ours, alive] }));
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  if (instances.length > 0) {
    return instances.flatMap(({ InstanceId: id, State }) => {
      if (id === undefined) return [];
      const terminate = () =>
        State?.Name === "shutting-down"
          ? Promise.resolve()
          : gone(client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] })));
      return [{ what: "instance", id, end: terminate }];
    });
  }
  const [groups, keys] = await Promise.all([
    client.send(new sdk.DescribeSecurityGroupsCommand({ Filters: ours })),
    client.send(new sdk.DescribeKeyPairsCommand({ Filters: ours })),
  ]);
  return [
    ...(groups.SecurityGroups ?? []).flatMap(({ GroupId: id }) =>
      id === undefined
        ? []
        : [
            {
              what: "security group",
              id,
              end: () => gone(client.send(new sdk.DeleteSecurityGroupCommand({ GroupId: id }))),
            },
          ],
    ),
    ...(keys.KeyPairs ?? []).flatMap(({ KeyPairId: id }) =>
      id === undefined
        ? []
        : [{ what: "key pair", id, end: () => gone(client.send(new sdk.DeleteKeyPairCommand({ KeyPairId: id }))) }],
    ),
  ];
}

/** What is gone already, or is in use for some seconds more, is looked at again. */
async function gone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!/NotFound$|^DependencyViolation$/.test(nameOf(error))) throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
