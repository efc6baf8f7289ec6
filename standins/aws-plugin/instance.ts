/** `aws:ec2/instance:Instance`: made, and waited for until it runs. */
import {
  CancelSpotInstanceRequestsCommand,
  DescribeImagesCommand,
  DescribeVolumesCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  MonitorInstancesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  UnmonitorInstancesCommand,
} from "@aws-sdk/client-ec2";
import { found, GoneError, reasonOf } from "./errors";
import { instanceSchema, metadata, toRequest, type InstanceInputs } from "./instance-inputs";
import { describeInstance, findInstance, hasEnded, volumeIdsOf, type Found } from "./instance-state";
import type { Call, ResourceKind, Values } from "./kind";
import { fromList, retag } from "./tags";
import { until, VISIBLE_MS } from "./wait";

const START_MINUTES = 10;
const END_MINUTES = 20;

/** The name of the image's root device, by which a request says how its volume is to be. */
async function rootDeviceName({ ami, rootBlockDevice }: InstanceInputs, call: Call): Promise<string | undefined> {
  if (rootBlockDevice === undefined) return undefined;
  const answer = await found(call.ec2.send(new DescribeImagesCommand({ ImageIds: [ami] })));
  const name = answer?.Images?.[0]?.RootDeviceName;
  if (name === undefined) {
    throw new Error(`no image ${ami} with a root device can be seen in ${call.region}: check its id, and its sharing`);
  }
  return name;
}

async function running(id: string, call: Call): Promise<Found> {
  const bound = { what: `instance ${id} to run`, timeoutMs: call.timeoutMs(START_MINUTES) };
  return until(bound, call, async (elapsedMs) => {
    const there = await findInstance(id, call);
    if (there === undefined) {
      if (elapsedMs < VISIBLE_MS) return undefined;
      throw new Error(`instance ${id} is not to be found, ${VISIBLE_MS / 1000} s after EC2 named it`);
    }
    const state = there.instance.State?.Name;
    if (state === "running") return there;
    if (hasEnded(there.instance)) {
      throw new GoneError(
        `instance ${id} ended (${state}) instead of starting: ${reasonOf(there.instance.StateReason)}`,
      );
    }
    if (state === "stopped") throw new Error(`instance ${id} is stopped: ${reasonOf(there.instance.StateReason)}`);
    return undefined;
  });
}

/** Tags of volumes that have some of their own; `volumeTags` were there from the start. */
async function tagVolumes(inputs: InstanceInputs, { instance }: Found, call: Call): Promise<void> {
  const devices = instance.BlockDeviceMappings ?? [];
  const wanted = devices.flatMap(({ DeviceName, Ebs }) => {
    const isRoot = DeviceName === instance.RootDeviceName;
    const declared = isRoot
      ? inputs.rootBlockDevice
      : inputs.ebsBlockDevices?.find(({ deviceName }) => deviceName === DeviceName);
    const own = declared?.tags;
    return own === undefined || Ebs?.VolumeId === undefined ? [] : [{ volume: Ebs.VolumeId, tags: own }];
  });
  for (const { volume, tags } of wanted) await retag(call.ec2, [volume], {}, { ...call.defaultTags, ...tags });
}

export const instance: ResourceKind<InstanceInputs> = {
  schema: instanceSchema,
  updatable: [
    "instanceInitiatedShutdownBehavior",
    "metadataOptions",
    "monitoring",
    "userDataReplaceOnChange",
    "volumeTags",
    "vpcSecurityGroupIds",
    "getPasswordData",
    "sourceDestCheck",
  ],
  tagged: true,
  computed: [
    "arn",
    "associatePublicIpAddress",
    "availabilityZone",
    "ebsOptimized",
    "instanceLifecycle",
    "instanceState",
    "keyName",
    "monitoring",
    "primaryNetworkInterfaceId",
    "privateDns",
    "privateIp",
    "publicDns",
    "publicIp",
    "spotInstanceRequestId",
    "subnetId",
    "tenancy",
    "vpcSecurityGroupIds",
  ],
  enriched: ["rootBlockDevice", "ebsBlockDevices", "metadataOptions"],
  start: async (inputs, call) => {
    const request = {
      inputs,
      rootDeviceName: await rootDeviceName(inputs, call),
      defaultTags: call.defaultTags,
      token: call.token(),
    };
    const { Instances } = await call.ec2.send(new RunInstancesCommand(toRequest(request)));
    const id = Instances?.[0]?.InstanceId;
    if (id === undefined) throw new Error("RunInstances gave no id");
    call.log(`${id} starts`);
    return id;
  },
  settle: async (id, inputs, call) => {
    await tagVolumes(inputs, await running(id, call), call);
  },
  look: describeInstance,
  change: async (id, inputs, changed, call) => {
    const { ec2 } = call;
    if (changed.has("vpcSecurityGroupIds") && inputs.vpcSecurityGroupIds !== undefined) {
      const interfaces = (await findInstance(id, call))?.instance.NetworkInterfaces ?? [];
      const NetworkInterfaceId = interfaces.find(({ Attachment }) => Attachment?.DeviceIndex === 0)?.NetworkInterfaceId;
      const Groups = [...inputs.vpcSecurityGroupIds];
      await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups }));
    }
    if (changed.has("instanceInitiatedShutdownBehavior")) {
      const Value = inputs.instanceInitiatedShutdownBehavior ?? "stop";
      const change = { InstanceId: id, InstanceInitiatedShutdownBehavior: { Value } };
      await ec2.send(new ModifyInstanceAttributeCommand(change));
    }
    if (changed.has("metadataOptions") && inputs.metadataOptions !== undefined) {
      const options = metadata(inputs.metadataOptions);
      await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...options }));
    }
    if (changed.has("monitoring")) {
      const InstanceIds = [id];
      await (inputs.monitoring === true
        ? ec2.send(new MonitorInstancesCommand({ InstanceIds }))
        : ec2.send(new UnmonitorInstancesCommand({ InstanceIds })));
    }
    if (changed.has("volumeTags")) await changeVolumeTags(id, inputs, call);
  },
  remove: async (id, state, call) => {
    // The official plugin goes on if this is denied.
    const unprotected = { InstanceId: id, DisableApiTermination: { Value: false } };
    await call.ec2.send(new ModifyInstanceAttributeCommand(unprotected)).catch(() => undefined);
    await cancelSpotRequest(state, call);
    await found(call.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    await until({ what: `instance ${id} to end`, timeoutMs: call.timeoutMs(END_MINUTES) }, call, async () => {
      const there = await findInstance(id, call);
      return there === undefined || there.instance.State?.Name === "terminated" ? true : undefined;
    });
  },
};

/** Before the instance goes; if it is denied, the instance runs on. */
async function cancelSpotRequest(state: Values, call: Call): Promise<void> {
  const request = state["spotInstanceRequestId"];
  if (typeof request !== "string" || request === "") return;
  await found(call.ec2.send(new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [request] })));
}

async function changeVolumeTags(id: string, inputs: InstanceInputs, call: Call): Promise<void> {
  const there = await findInstance(id, call);
  if (there === undefined) throw new Error(`instance ${id} is not to be found`);
  const { volumes, tags } = await volumeTagsOf(there, call);
  for (const volume of volumes) {
    await retag(call.ec2, [volume], tags.get(volume) ?? {}, { ...call.defaultTags, ...inputs.volumeTags });
  }
}

async function volumeTagsOf({ instance }: Found, call: Call) {
  const volumes = volumeIdsOf(instance);
  const answer = await call.ec2.send(new DescribeVolumesCommand({ VolumeIds: volumes }));
  return { volumes, tags: new Map((answer.Volumes ?? []).map(({ VolumeId, Tags }) => [VolumeId, fromList(Tags)])) };
}
