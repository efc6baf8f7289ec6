/** A worker in VPC: an instance from a stock image, with a scratch volume. */
import type * as pulumi from "@pulumi/pulumi";
import type { Attempt, Worker } from "../machine";
import type { Arch } from "../words";
import { stockOf } from "./arch";
import { Machine } from "./machine";
import type { IbmWorker } from "./settings";

export function ibmWorker(
  name: string,
  arch: Arch,
  worker: IbmWorker,
  opts: pulumi.ComponentResourceOptions,
  { madeFor }: Attempt,
): Worker {
  const { image: _image, operatingSystem: _system, platform: _platform, ...spec } = worker;
  const { connection, machineId, scratchDevice } = new Machine(
    name,
    { ...spec, ...stockOf(worker, arch), madeFor },
    opts,
  );
  return { connection, machineId, scratchDevice, ownMachine: true };
}
