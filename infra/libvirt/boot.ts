/** A throw-away guest from a published volume, in the pool where builders start. */
import type * as pulumi from "@pulumi/pulumi";
import type { BootedMachine } from "../machine";
import type { BootSpec } from "../platform";
import { Guest } from "./guest";
import type { LibvirtPlace } from "./settings";

export function libvirtBoot(
  name: string,
  spec: BootSpec,
  place: LibvirtPlace,
  opts: pulumi.ComponentResourceOptions,
): BootedMachine {
  return new Guest(
    name,
    {
      uri: place.uri,
      arch: spec.arch,
      pool: place.pool,
      base: { pool: place.pool, volume: spec.imageId },
      vcpus: place.boot.vcpus,
      memoryMib: place.boot.memoryMib,
      network: place.boot.network,
      lifetimeMinutes: spec.lifetimeMinutes,
    },
    opts,
  );
}
