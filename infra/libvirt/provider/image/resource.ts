import * as pulumi from "@pulumi/pulumi";
import type { DiskData } from "../../../../contract/disk-data";
import type { StoredObject } from "../../../../contract/commit-record";
import type { Owner } from "../../../../provider/owner";
import type { Store } from "../../../../provider/store";

export interface LibvirtImageArgs {
  /** `qemu:///system`, `qemu+unix:///system?socket=PATH` or `qemu+ssh://USER@HOST[:PORT]/system[?keyfile=PATH]`. */
  readonly uri: pulumi.Input<string>;
  /** Storage pool: a folder that the user of the URI can write to. */
  readonly pool: pulumi.Input<string>;
  /** Name of the volume. */
  readonly name: pulumi.Input<string>;
  /** Virtual size of the raw disk, bytes. */
  readonly sizeBytes: pulumi.Input<number>;
  /** Bytes of the disk that are not in a hole: the free space that the pool needs. @default sizeBytes */
  readonly dataBytes?: pulumi.Input<number>;
  /** sha256 of the raw disk, holes read as zeros. */
  readonly sha256: pulumi.Input<string>;
  /** Where the disk has data, and its checksum: spares the hypervisor the reading of holes. @default all of the disk is read */
  readonly data?: pulumi.Input<DiskData | undefined>;
  /** The disk in the store, one zstd stream. */
  readonly object: pulumi.Input<StoredObject>;
  readonly store: pulumi.Input<Store>;
  /** Whose the volume is: written beside it, and asked before it is deleted. */
  readonly owner: pulumi.Input<{ readonly [Key in keyof Owner]: pulumi.Input<Owner[Key]> }>;
  /** Any text that was not given before: looks whether the volume is there whole, and pulls it again if it is not. */
  readonly again?: pulumi.Input<string>;
  /** How many are pulled at once, by one hypervisor and from one store. @default {perHost: 2, perStore: 8} */
  readonly pulls?: pulumi.Input<{ readonly perHost?: number; readonly perStore?: number }>;
}

/**
 * A raw, sparse volume that the hypervisor itself pulls from the store: nothing goes through this machine. The volume
 * appears under its name only when it is complete and its checksum is right. A volume with this content that is there is
 * taken over; one of somebody else's is an error. Deleting removes only what is still owned and what no domain uses.
 */
export class LibvirtImage extends pulumi.CustomResource {
  declare readonly volumeName: pulumi.Output<string>;
  /** Virtual size, bytes, as libvirt says. */
  declare readonly capacity: pulumi.Output<number>;
  /** Bytes that it takes in the pool. */
  declare readonly allocation: pulumi.Output<number>;
  /** How long the pull took. */
  declare readonly seconds: pulumi.Output<number>;

  constructor(name: string, args: LibvirtImageArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { volumeName: undefined, capacity: undefined, allocation: undefined, seconds: undefined };
    super("builders:index:LibvirtImage", name, { ...args, ...outputs }, opts);
  }
}
