/** The boot check's one setting: its job. */
import * as pulumi from "@pulumi/pulumi";
import type { BootJob } from "../../components/jobs";

export function readJob(): BootJob {
  return new pulumi.Config().requireObject<BootJob>("job");
}
