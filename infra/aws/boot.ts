/** A throw-away instance from a published AMI, on demand: spot capacity that is not there says nothing about the image. */
import type * as pulumi from "@pulumi/pulumi";
import type { BootSpec, BootedMachine } from "../platform";
import type { AwsArch } from "./arch";
import { Machine } from "./machine";
import type { AwsPlace } from "./settings";

/** More than any boot check may take, and then it ends itself. */
const LIFETIME_MINUTES = 120;

export function awsBoot(
  name: string,
  arch: AwsArch,
  spec: BootSpec,
  place: AwsPlace,
  opts: pulumi.ComponentResourceOptions,
): BootedMachine {
  const { instanceTypes, subnets, operatorCidr } = place.boot;
  const [subnet] = subnets;
  if (subnet === undefined) throw new Error(`the boot check in ${place.region} needs a subnet; name one in subnets`);
  return new Machine(
    name,
    {
      region: place.region,
      ami: spec.imageId,
      instanceType: instanceTypes[arch],
      subnet,
      spot: false,
      operatorCidr,
      tags: { ...place.tags, arch },
      lifetimeMinutes: LIFETIME_MINUTES,
      madeFor: spec.madeFor,
    },
    opts,
  );
}
