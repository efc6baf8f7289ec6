/** A throw-away instance from a published image. */
import type * as pulumi from "@pulumi/pulumi";
import type { BootedMachine } from "../machine";
import type { BootSpec } from "../platform";
import { bootProfile } from "./arch";
import { Machine } from "./machine";
import type { IbmPlace } from "./settings";

export function ibmBoot(
  name: string,
  { arch, imageId, place, lifetimeMinutes, madeFor }: BootSpec<IbmPlace>,
  opts: pulumi.ComponentResourceOptions,
): BootedMachine {
  const { boot, region, resourceGroup, tags } = place;
  const profile = bootProfile(place, arch);
  return new Machine(name, { ...boot, region, resourceGroup, tags, profile, imageId, lifetimeMinutes, madeFor }, opts);
}
