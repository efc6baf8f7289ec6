/** A throw-away instance from a published AMI, on demand: spot capacity that is not there says nothing about the image. */
import type * as pulumi from "@pulumi/pulumi";
import type { BootedMachine } from "../machine";
import type { BootSpec } from "../platform";
import type { AwsArch } from "./arch";
import { candidate } from "./candidates";
import { bootLaunch } from "./launch";
import { Machine } from "./machine";
import type { AwsPlace } from "./settings";

export function awsBoot(
  name: string,
  arch: AwsArch,
  spec: BootSpec,
  place: AwsPlace,
  opts: pulumi.ComponentResourceOptions,
): BootedMachine {
  const { subnets, operatorCidr, jumpHost } = place.boot;
  const number = spec.attempt ?? 1;
  return new Machine(
    name,
    {
      region: place.region,
      ami: spec.imageId,
      ...bootLaunch(arch, place),
      ...candidate({ subnets, spot: false }, { number, of: number }),
      operatorCidr,
      lifetimeMinutes: spec.lifetimeMinutes,
      ...(jumpHost === undefined ? {} : { jumpHost }),
      madeFor: spec.madeFor,
    },
    opts,
  );
}
