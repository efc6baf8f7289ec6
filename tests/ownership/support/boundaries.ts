/** The moments between "somebody may make something" and "somebody's state says whose it is", in the order of a run. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { When } from "./kill";
import type { Stack } from "./stack";
import type { Moment } from "./wire";
import type { World } from "./world";

export interface Boundary {
  readonly name: string;
  readonly when: (world: World, stack: Stack) => When;
}

const call = (name: string, moment: Moment, id: RegExp): Boundary => ({
  name,
  when: () => ({ call: (one, at) => at === moment && id.test(one.name) }),
});
const look = (name: string, holds: (world: World, stack: Stack, text: string) => boolean): Boundary => ({
  name,
  when: (world, stack) => ({ look: (text) => holds(world, stack, text) }),
});

export const BOUNDARIES: readonly Boundary[] = [
  look("the source is hashed and the plan is made", (_world, _stack, text) => /g\d+ is new/.test(text)),
  look("the identity is made", (_world, stack) => types(stack).includes("builders:index:StackIdentity")),
  look("the artifact has its owner", (_world, stack) => types(stack).includes("builders:index:Artifact")),
  look("the worker's stack is made", (_world, stack) => stack.stacks().some((name) => name.includes(".build-"))),
  call("a snapshot is begun", "answered", /^StartSnapshot$/),
  look("the orders with the grants are on the worker", ({ worker }) =>
    worker.left().some((file) => file.startsWith("run/copr-builders/")),
  ),
  call("a block is put", "answered", /^PutSnapshotBlock$/),
  call("the package list is stored", "answered", /^PUT packages\/\*\.json$/),
  call("the disk is being sent", "asked", /^PUT disks\/\*\.raw\.zst$/),
  call("the disk is stored", "answered", /^PUT disks\/\*\.raw\.zst$/),
  call("the record is stored", "answered", /^PUT builds\/\*\.json$/),
  look("the worker is being destroyed", (_world, _stack, text) => /destroying \S+build-/.test(text)),
  call("the snapshot is completed", "answered", /^CompleteSnapshot$/),
  call("the volume is pulled", "answered", /^StoragePoolRefresh$/),
  call("the image is registered", "answered", /^RegisterImage$/),
  call("the copy is made", "answered", /^CopyImage$/),
  call("the image is let to others", "answered", /^ModifyImageAttribute$/),
  call("a boot check's instance runs", "answered", /^RunInstances$/),
  call("a boot check's guest runs", "answered", /^DomainCreate/),
  look("every boot check is passed", (_world, stack) => {
    const checks = resources(stack).filter(({ urn }) => urn.endsWith(".boot-machines"));
    return checks.length === PLACES;
  }),
];

/** Of a run that publishes to IBM Cloud too. */
export const IBM_BOUNDARIES: readonly Boundary[] = [
  call("an image is being imported", "answered", /^POST images$/),
  call("a boot check's instance of IBM Cloud runs", "answered", /^POST instances$/),
];

/** Places that a stack of these tests publishes to: two regions and a hypervisor. */
const PLACES = 3;

const stateSchema = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({ resources: z.array(z.looseObject({ urn: z.string(), type: z.string() })).optional() })
      .nullish(),
  }),
});

/** What the state says is made; empty while it is being written. */
function resources(stack: Stack) {
  const file = join(stack.backend, ".pulumi", "stacks", "copr-builders", `${stack.name}.json`);
  if (!existsSync(file)) return [];
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint.latest?.resources ?? [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

const types = (stack: Stack): string[] => resources(stack).map(({ type }) => type);
