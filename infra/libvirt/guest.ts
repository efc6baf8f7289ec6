/** A throw-away libvirt guest: an overlay on a volume, keys of its own, a domain, and the way to log in. */
import { UserError } from "../../contract/user-error";
import * as libvirt from "@pulumi/libvirt";
import * as pulumi from "@pulumi/pulumi";
import { LoopbackPort } from "../../provider";
import { LibvirtSweep } from "./provider";
import { pluginUri } from "./provider/image/hypervisor";
import type { SshConnection } from "../machine";
import { throwaway } from "../throwaway";
import type { Arch } from "../words";
import { domainType } from "./api";
import { domainXslt, type DiskSerial } from "./domain-xml";
import { NETWORK_REMEDY, networkProblem, type LibvirtNetwork } from "./settings";

const GIB = 1 << 30;

export interface GuestArgs {
  readonly uri: string;
  readonly arch: Arch;
  /** Pool for the overlay and the scratch volume. */
  readonly pool: string;
  /** The volume to start from; it is never written to. */
  readonly base: { readonly pool: string; readonly volume: pulumi.Input<string> };
  readonly vcpus: number;
  readonly memoryMib: number;
  /** Size of the root disk, GiB. @default the base volume's */
  readonly diskGib?: number;
  /** Size of a second, empty disk, GiB. @default none */
  readonly scratchGib?: number;
  readonly network: LibvirtNetwork;
  /** Powers itself off so many minutes after its boot, whatever becomes of us. */
  readonly lifetimeMinutes: number;
}

/** Serial number of the scratch disk. */
export const SCRATCH_SERIAL = "scratch";

export class Guest extends pulumi.ComponentResource {
  readonly connection: SshConnection;
  readonly machineId: pulumi.Output<string>;

  constructor(name: string, args: GuestArgs, opts: pulumi.ComponentResourceOptions) {
    super("builders:libvirt:Guest", name, {}, opts);
    const provider = new libvirt.Provider(`${name}-hypervisor`, { uri: pluginUri(args.uri) }, { parent: this });
    // On the hypervisor everything carries the stack's name, so that whoever finds it knows whose it is.
    const physical = `${pulumi.getStack()}-${name}`;
    const volume = { root: `${physical}-root`, scratch: `${physical}-scratch`, seed: `${physical}-seed.iso` };

    const sweep = new LibvirtSweep(
      `${name}-sweep`,
      { uri: args.uri, domain: physical, pool: args.pool, volumes: Object.values(volume) },
      { parent: this },
    );
    const child = { parent: this, provider, dependsOn: sweep };

    const { userData, reachedAt } = throwaway(name, args.lifetimeMinutes, { parent: this });
    const root = new libvirt.Volume(
      `${name}-root`,
      {
        name: volume.root,
        pool: args.pool,
        baseVolumePool: args.base.pool,
        baseVolumeName: args.base.volume,
        format: "qcow2",
        ...(args.diskGib === undefined ? {} : { size: args.diskGib * GIB }),
      },
      child,
    );
    const scratch =
      args.scratchGib === undefined
        ? []
        : [
            new libvirt.Volume(
              `${name}-scratch`,
              { name: volume.scratch, pool: args.pool, format: "qcow2", size: args.scratchGib * GIB },
              child,
            ),
          ];
    const seed = new libvirt.CloudInitDisk(
      `${name}-seed`,
      {
        name: volume.seed,
        pool: args.pool,
        userData,
        metaData: JSON.stringify({ "instance-id": physical, "local-hostname": name }),
      },
      child,
    );
    const port = args.network.mode === "user" ? new LoopbackPort(`${name}-port`, {}, { parent: this }) : undefined;
    const serials: DiskSerial[] = scratch.map(() => ({ device: "vdb", serial: SCRATCH_SERIAL }));
    const { arch } = args;
    const type = domainType(args.uri, arch);
    const domain = new libvirt.Domain(
      name,
      {
        name: physical,
        description: `temporary machine of copr-builders, stack ${pulumi.getStack()}`,
        type,
        arch,
        vcpu: args.vcpus,
        memory: args.memoryMib,
        cloudinit: seed.id,
        disks: [root, ...scratch].map(({ id }) => ({ volumeId: id })),
        consoles: [{ type: "pty", targetType: "serial", targetPort: "0" }],
        networkInterfaces: networkInterfaces(args.network),
        qemuAgent: args.network.mode === "bridge",
        xml: {
          xslt: pulumi
            .all([type, port?.port])
            .apply(([type, sshPort]) =>
              domainXslt({ arch, type, serials, ...(sshPort === undefined ? {} : { sshPort }) }),
            ),
        },
      },
      child,
    );

    this.machineId = domain.id;
    const reached = reachedAt({
      host: port ? hypervisorLoopback(args.uri) : domain.networkInterfaces.apply(firstAddress),
      port: port?.port ?? 22,
    });
    this.connection = reached.connection;
    this.registerOutputs({ ...reached });
  }
}

function networkInterfaces(network: LibvirtNetwork): libvirt.types.input.DomainNetworkInterface[] {
  switch (network.mode) {
    case "user":
      return [];
    case "network":
      return [{ networkName: network.name, waitForLease: true }];
    case "bridge":
      return [{ bridge: network.name, waitForLease: true }];
  }
}

/** User-mode networking forwards a port of the hypervisor's own loopback: only a local hypervisor's is ours. */
function hypervisorLoopback(uri: string): string {
  const problem = networkProblem({ mode: "user" }, uri);
  if (problem !== undefined) throw new UserError(`network: ${problem}; ${NETWORK_REMEDY}`);
  return "127.0.0.1";
}

function firstAddress(interfaces: readonly { readonly addresses?: readonly string[] }[] | undefined): string {
  const address = interfaces?.[0]?.addresses?.[0];
  if (address === undefined)
    throw new UserError("the guest has no address; is its network up and does it give leases?");
  return address;
}
