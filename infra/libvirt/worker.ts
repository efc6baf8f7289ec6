/** A worker on a hypervisor: a guest from the stock image, with a scratch disk. */
import type * as pulumi from "@pulumi/pulumi";
import type { Worker } from "../machine";
import type { Arch } from "../words";
import { Guest, SCRATCH_SERIAL } from "./guest";
import type { LibvirtWorker } from "./settings";

export function libvirtWorker(
  name: string,
  arch: Arch,
  spec: LibvirtWorker,
  opts: pulumi.ComponentResourceOptions,
): Worker {
  const guest = new Guest(
    name,
    {
      uri: spec.uri,
      arch,
      pool: spec.pool,
      base: { pool: spec.base.pool ?? spec.pool, volume: spec.base.volume },
      vcpus: spec.vcpus,
      memoryMib: spec.memoryMib,
      diskGib: spec.diskGib,
      scratchGib: spec.scratchGib,
      network: spec.network,
      lifetimeMinutes: spec.lifetimeMinutes,
    },
    opts,
  );
  return {
    connection: guest.connection,
    machineId: guest.machineId,
    scratchDevice: `/dev/disk/by-id/virtio-${SCRATCH_SERIAL}`,
    ownMachine: true,
  };
}
