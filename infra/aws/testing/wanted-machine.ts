/** A machine of the settings that is to be started in one subnet and reached from outside. */
import type { WantedMachine } from "../machines";

export const wantedMachine: WantedMachine = {
  path: "w.instanceType",
  arch: "x86_64",
  instanceType: "c7i.large",
  operatorCidr: "203.0.113.7/32",
  address: "public",
  subnets: [{ path: "w.subnets[0]", id: "subnet-1" }],
};
