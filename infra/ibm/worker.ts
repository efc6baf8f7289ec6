/** A worker in VPC: an instance from a stock image, with a scratch volume. */
import type * as pulumi from "@pulumi/pulumi";
import type { Attempt, Worker } from "../machine";
import { Machine } from "./machine";
import type { IbmWorker } from "./settings";

export function ibmWorker(
  name: string,
  { image, platform: _, ...spec }: IbmWorker,
  opts: pulumi.ComponentResourceOptions,
  { madeFor }: Attempt,
): Worker {
  const { connection, machineId, scratchDevice } = new Machine(name, { ...spec, stockImage: image, madeFor }, opts);
  return { connection, machineId, scratchDevice, ownMachine: true };
}
