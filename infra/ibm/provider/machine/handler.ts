import { parse } from "../../../../contract/schemas/parse";
import { Secret } from "../../../../provider/codec";
import {
  type Call,
  neverUpdated,
  PartialFailure,
  type Properties,
  replaceOn,
  type ResourceHandler,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import type { Wait } from "../../../../provider/wait";
import type { OpenClients } from "../clients";
import { machineName, machineTag } from "../marks";
import type { Thing } from "../shapes";
import type { Vpc } from "../vpc";
import { waitFor } from "../wait";
import {
  findGround,
  type Ground,
  instanceBody,
  machineSchema,
  type MachineArgs,
  scratchName,
  securityGroupBody,
} from "./args";
import { sweepMachine } from "./sweep";

/** From the request to `running`: IBM promises nothing. */
const START_MINUTES = 15;
/** Source: VPC's API reference, `status` of an instance: these don't come to run by themselves. */
const STOPPED = /^(failed|stopped|stopping|deleting)$/;
/** What a virtio disk shows of the id of its attachment. Source: the virtio specification, "Block Device", GET_ID. */
const SERIAL_CHARACTERS = 20;

export interface IbmMachineOptions {
  readonly clients: OpenClients;
  readonly wait: Wait;
}

export function ibmMachineHandler({ clients, wait }: IbmMachineOptions): ResourceHandler {
  const read = (properties: Properties): MachineArgs => parse(machineSchema, properties, "the inputs of an IbmMachine");

  const make = async (args: MachineArgs, base: string, ground: Ground, call: Call): Promise<Properties> => {
    const vpc = clients().vpc(args.region);
    const group = await vpc.create("security_groups", securityGroupBody(args, base, ground), call.stop);
    const asked = await vpc.create("instances", instanceBody(args, base, ground, group.id), call.stop);
    const floating = await addressOf(vpc, args, base, ground, asked, call);
    const marked = [group.crn, asked.crn, ...(floating?.isOurs === true ? [floating.crn] : [])];
    await clients().tagging.attach(marked, { ...args.tags, ...machineTag(args.physical) });
    const instance = await waitRunning(vpc, asked.id, { wait, call });
    const host = floating?.address ?? instance.primary_network_attachment?.primary_ip?.address;
    if (host === undefined) throw new Error(`instance ${asked.id} in ${args.region} has no address`);
    const scratch = args.scratchGib === undefined ? {} : { scratchDevice: scratchPath(instance, scratchName(base)) };
    return { instanceId: instance.id, host, ...scratch };
  };

  return {
    check: (news) => failures(machineSchema, news),
    // A later run goes on with the machine that is there, found under yesterday's circumstances.
    diff: (olds, news) => {
      const { replaces } = replaceOn(["region", "physical", "identity"], olds, news);
      const unfinished = olds.finished === false ? ["physical"] : [];
      const all = [...new Set([...replaces, ...unfinished])];
      return { changes: all.length > 0, replaces: all, ...(unfinished.length > 0 && { deleteBeforeReplace: true }) };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const base = machineName(args.identity, args.physical);
      const id = `${args.region}/${base}`;
      // What a run that was killed has left of this very machine: it may have the reserved address.
      await sweepMachine(clients().vpc(args.region), base, { wait, call });
      const ground = await findGround(args, clients());
      try {
        const made = await make(args, base, ground, call);
        return { id, outs: { ...guarded(inputs.value), ...made, finished: true } };
      } catch (cause) {
        const message = `machine ${base} (${args.physical}) in ${args.region} did not come up; what there is of it goes with it`;
        const nothing = { instanceId: "", host: "" };
        throw new PartialFailure(message, id, { ...guarded(inputs.value), ...nothing, finished: false }, { cause });
      }
    },
    read: async (_id, state) => {
      const { region } = read(state.value);
      const { instanceId } = state.value;
      if (typeof instanceId !== "string" || instanceId === "") return undefined;
      const instance = await clients().vpc(region).get("instances", instanceId);
      if (instance === undefined) return undefined;
      // Nobody reaches one that has ended; it is there, and paid for, until it is deleted.
      return guarded(STOPPED.test(instance.status) ? { ...state.value, finished: false } : state.value);
    },
    update: neverUpdated,
    delete: async (_id, state, call) => {
      const { region, identity, physical } = read(state.value);
      await sweepMachine(clients().vpc(region), machineName(identity, physical), { wait, call });
    },
  };
}

/** The user data has the private key of the host. */
function guarded(properties: Properties): Properties {
  return { ...properties, userData: new Secret(properties.userData) };
}

interface Floating {
  readonly address: string;
  readonly crn: string;
  readonly isOurs: boolean;
}

/** A public address of its own, or the one that is reserved; none where ssh comes from inside. */
async function addressOf(
  vpc: Vpc,
  { address, resourceGroup, floatingIp: reserved }: MachineArgs,
  base: string,
  { group, floatingIp }: Ground,
  instance: Thing<"instances">,
  call: Call,
): Promise<Floating | undefined> {
  if (address === "private") return undefined;
  const nic = instance.primary_network_attachment?.virtual_network_interface.id;
  if (nic === undefined) {
    throw new Error(`instance ${instance.id} in resource group ${resourceGroup} has no network interface`);
  }
  if (floatingIp === undefined) {
    const body = { name: base, target: { id: nic }, resource_group: { id: group } };
    return { ...(await vpc.create("floating_ips", body, call.stop)), isOurs: true };
  }
  const { target } = floatingIp;
  if (target !== undefined && target.id !== nic) {
    throw new Error(`floating IP ${reserved ?? ""} is in use by ${target.name ?? target.id}: free it, or name another`);
  }
  await vpc.bind(nic, floatingIp.id);
  return { ...floatingIp, isOurs: false };
}

interface Waits {
  readonly wait: Wait;
  readonly call: Pick<Call, "stop" | "log">;
}

function waitRunning(vpc: Vpc, id: string, { wait, call }: Waits): Promise<Thing<"instances">> {
  const what = `instance ${id} in ${vpc.region} to run`;
  return waitFor({ wait, call, minutes: START_MINUTES, what }, async () => {
    const instance = await vpc.get("instances", id);
    if (instance === undefined) return { now: "not seen yet" };
    if (instance.status === "running") return { done: instance };
    const why = instance.status_reasons.map(({ code, message = "" }) => `${code}: ${message}`).join("; ");
    if (STOPPED.test(instance.status)) {
      throw new Error(
        `IBM Cloud did not start instance ${id}: it is ${instance.status}${why === "" ? "" : ` (${why})`}`,
      );
    }
    return { now: why === "" ? instance.status : `${instance.status} (${why})` };
  });
}

function scratchPath({ volume_attachments: attachments, id }: Thing<"instances">, name: string): string {
  const device = attachments.find(({ volume }) => volume?.name === name)?.device?.id;
  if (device === undefined) throw new Error(`instance ${id} does not have volume ${name}`);
  return `/dev/disk/by-id/virtio-${device.slice(0, SERIAL_CHARACTERS)}`;
}
