/** What bears our tags in one region, kind by kind, in an order in which it can be ended: nothing uses what comes later. */
import type { EC2Client } from "@aws-sdk/client-ec2";
import { nameOf } from "./clients";
import { allPages } from "./pages";
import { hasTags, readTags, tagFilters, type Tags } from "./tags";

type Ec2 = Pick<EC2Client, "send">;

export type ThingKind =
  "instance" | "spot request" | "volume" | "network interface" | "key pair" | "security group" | "AMI" | "snapshot";

/** Of a temporary machine. */
export const MACHINE_KINDS: readonly ThingKind[] = [
  "instance",
  "spot request",
  "volume",
  "network interface",
  "key pair",
  "security group",
];

/** All, in the order in which they can be ended. */
export const ALL_KINDS: readonly ThingKind[] = [...MACHINE_KINDS, "AMI", "snapshot"];

export interface AwsThing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly tags: Tags;
  readonly since?: Date | undefined;
  readonly gib?: number | undefined;
  /** Ends it; what is gone is ended, what is in use for some seconds more is there at the next look. */
  end(): Promise<void>;
}

const ALIVE = ["pending", "running", "stopping", "stopped", "shutting-down"];
const OPEN = ["open", "active"];

/** Those of one kind that bear all of these tags exactly. */
export async function thingsBearing(client: Ec2, kind: ThingKind, tags: Tags): Promise<readonly AwsThing[]> {
  const found = await list(client, kind, tags);
  // A filter takes `*` and `?` for patterns.
  return found.filter((thing) => hasTags(thing.tags, tags));
}

async function list(client: Ec2, kind: ThingKind, tags: Tags): Promise<AwsThing[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const filters = tagFilters(tags);
  const where = (name: string, ...values: string[]) => [...filters, { Name: name, Values: values }];
  const thing = (
    id: string | undefined,
    list: Parameters<typeof readTags>[0],
    end: () => Promise<unknown>,
    more = {},
  ) => (id === undefined ? [] : [{ kind, id, tags: readTags(list), ...more, end: () => unlessGone(end) }]);
  switch (kind) {
    case "instance": {
      const input = { Filters: where("instance-state-name", ...ALIVE) };
      const found = await allPages(
        (next) => client.send(new sdk.DescribeInstancesCommand({ ...input, ...next })),
        ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances),
      );
      return found.flatMap(({ InstanceId: id = "", Tags, LaunchTime: since, State }) => {
        const terminate = () => client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
        return thing(id, Tags, State?.Name === "shutting-down" ? nothing : terminate, { since });
      });
    }
    case "spot request": {
      const found = await allPages(
        (next) =>
          client.send(new sdk.DescribeSpotInstanceRequestsCommand({ Filters: where("state", ...OPEN), ...next })),
        ({ SpotInstanceRequests }) => SpotInstanceRequests,
      );
      return found.flatMap(({ SpotInstanceRequestId: id = "", Tags, CreateTime: since }) => {
        const cancel = () => client.send(new sdk.CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [id] }));
        return thing(id, Tags, cancel, { since });
      });
    }
    case "volume": {
      const found = await allPages(
        (next) => client.send(new sdk.DescribeVolumesCommand({ Filters: filters, ...next })),
        ({ Volumes }) => Volumes,
      );
      return found.flatMap(({ VolumeId: id = "", Tags, CreateTime: since, Size: gib, State }) => {
        // One that is attached goes with its instance, or is used by one that is not ours to end.
        const remove = () => client.send(new sdk.DeleteVolumeCommand({ VolumeId: id }));
        return thing(id, Tags, State === "deleting" ? nothing : remove, { since, gib });
      });
    }
    case "network interface": {
      const found = await allPages(
        (next) => client.send(new sdk.DescribeNetworkInterfacesCommand({ Filters: filters, ...next })),
        ({ NetworkInterfaces }) => NetworkInterfaces,
      );
      return found.flatMap(({ NetworkInterfaceId: id = "", TagSet }) =>
        thing(id, TagSet, () => client.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }))),
      );
    }
    case "key pair": {
      const { KeyPairs = [] } = await client.send(new sdk.DescribeKeyPairsCommand({ Filters: filters }));
      return KeyPairs.flatMap(({ KeyPairId: id = "", Tags, CreateTime: since }) =>
        thing(id, Tags, () => client.send(new sdk.DeleteKeyPairCommand({ KeyPairId: id })), { since }),
      );
    }
    case "security group": {
      const found = await allPages(
        (next) => client.send(new sdk.DescribeSecurityGroupsCommand({ Filters: filters, ...next })),
        ({ SecurityGroups }) => SecurityGroups,
      );
      return found.flatMap(({ GroupId: id = "", Tags }) =>
        thing(id, Tags, () => client.send(new sdk.DeleteSecurityGroupCommand({ GroupId: id }))),
      );
    }
    case "AMI": {
      const found = await allPages(
        (next) => client.send(new sdk.DescribeImagesCommand({ Owners: ["self"], Filters: filters, ...next })),
        ({ Images }) => Images,
      );
      return found.flatMap(({ ImageId: id = "", Tags, CreationDate }) => {
        const since = CreationDate === undefined ? undefined : new Date(CreationDate);
        return thing(id, Tags, () => client.send(new sdk.DeregisterImageCommand({ ImageId: id })), { since });
      });
    }
    case "snapshot": {
      const found = await allPages(
        (next) => client.send(new sdk.DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: filters, ...next })),
        ({ Snapshots }) => Snapshots,
      );
      return found.flatMap(({ SnapshotId: id = "", Tags, StartTime: since, VolumeSize: gib }) =>
        thing(id, Tags, () => client.send(new sdk.DeleteSnapshotCommand({ SnapshotId: id })), { since, gib }),
      );
    }
    default:
      return kind satisfies never;
  }
}

const nothing = () => Promise.resolve();

/** `NotFound` of every kind, and what says "in use for some seconds more". */
const PASSES = /(NotFound|Unavailable|InUse)$|^DependencyViolation$/;

async function unlessGone(end: () => Promise<unknown>): Promise<void> {
  try {
    await end();
  } catch (error) {
    if (!PASSES.test(nameOf(error))) throw error;
  }
}
