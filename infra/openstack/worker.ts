/** A worker on Nova: an instance from a stock image, whose root disk has room for the containers too. */
import type * as pulumi from "@pulumi/pulumi";
import type { Attempt, Worker } from "../machine";
import { Machine } from "./machine";
import type { OpenstackWorker } from "./settings";

export function openstackWorker(
  name: string,
  spec: OpenstackWorker,
  opts: pulumi.ComponentResourceOptions,
  { madeFor }: Attempt,
): Worker {
  const { image, diskGib, lifetimeMinutes } = spec;
  const { connection, machineId } = new Machine(
    name,
    { place: spec, machine: spec, image, diskGib, lifetimeMinutes, madeFor },
    opts,
  );
  return { connection, machineId, ownMachine: true };
}
