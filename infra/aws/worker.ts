/** A worker on EC2: an instance from the newest stock image of its architecture, with a scratch volume. */
import { getAmiOutput } from "@pulumi/aws/ec2";
import type * as pulumi from "@pulumi/pulumi";
import type { Attempt, Worker } from "../machine";
import { amiArchitecture, type AwsArch } from "./arch";
import { candidate } from "./candidates";
import { workerLaunch } from "./launch";
import { Machine } from "./machine";
import { regionProvider } from "./region-provider";
import type { AwsWorker } from "./settings";

export function awsWorker(
  name: string,
  arch: AwsArch,
  spec: AwsWorker,
  opts: pulumi.ComponentResourceOptions,
  attempt: Attempt,
): Worker {
  const { region, operatorCidr, lifetimeMinutes, jumpHost, egress } = spec;
  const machine = new Machine(
    name,
    {
      region,
      ami: stockImage(arch, spec),
      ...workerLaunch(arch, spec),
      ...candidate(spec, attempt),
      operatorCidr,
      lifetimeMinutes,
      ...(jumpHost === undefined ? {} : { jumpHost }),
      ...(egress === undefined ? {} : { egress }),
      madeFor: attempt.madeFor,
    },
    opts,
  );
  return {
    connection: machine.connection,
    machineId: machine.machineId,
    ...(machine.scratchDevice === undefined ? {} : { scratchDevice: machine.scratchDevice }),
    ownMachine: true,
  };
}

/** The newest of them now. The instance keeps the one that it was made from: its state pins it. */
function stockImage(arch: AwsArch, { ami, region }: AwsWorker): pulumi.Output<string> {
  const filter = (name: string, value: string) => ({ name, values: [value] });
  return getAmiOutput(
    {
      mostRecent: true,
      owners: [ami.owner],
      filters: [
        filter("name", ami.name),
        // The worker's own, whatever a name pattern would let through.
        filter("architecture", amiArchitecture(arch)),
        filter("virtualization-type", "hvm"),
        filter("root-device-type", "ebs"),
        filter("state", "available"),
      ],
    },
    { provider: regionProvider(region) },
  ).id;
}
