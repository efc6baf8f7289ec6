/** A throw-away instance from a published image. */
import type * as pulumi from "@pulumi/pulumi";
import type { BootedMachine } from "../machine";
import type { BootSpec } from "../platform";
import { Machine } from "./machine";
import type { OpenstackPlace } from "./settings";

export function openstackBoot(
  name: string,
  { place, imageId: image, lifetimeMinutes, madeFor }: BootSpec<OpenstackPlace>,
  opts: pulumi.ComponentResourceOptions,
): BootedMachine {
  return new Machine(name, { place, machine: place.boot, image, lifetimeMinutes, madeFor }, opts);
}
