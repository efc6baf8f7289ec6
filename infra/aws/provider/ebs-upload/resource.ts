import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../../../../provider/store";

export interface EbsUploadArgs {
  readonly region: pulumi.Input<string>;
  /** Size of the volume, GiB: at least that of the disk. */
  readonly volumeGib: pulumi.Input<number>;
  /** Build key. A change replaces. */
  readonly key: pulumi.Input<string>;
  /** Identity of the machine that writes. A change replaces: another machine builds another disk. */
  readonly machine: pulumi.Input<string>;
  readonly description?: pulumi.Input<string>;
  readonly tags?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** AWS fails the snapshot when no block came for so long, minutes, 10 to 4320. @default 4320 */
  readonly timeoutMinutes?: pulumi.Input<number>;
  /** @default as the account encrypts by default */
  readonly encrypted?: pulumi.Input<boolean>;
  /** ARN of the key; makes the snapshot an encrypted one. @default the account's for EBS */
  readonly kmsKeyId?: pulumi.Input<string>;
  /** The commit record: if it names the snapshot, deleting this resource leaves the snapshot to its owner. */
  readonly record: pulumi.Input<{ readonly store: pulumi.Input<Store>; readonly object: pulumi.Input<string> }>;
}

/**
 * A snapshot that waits for blocks while a worker lives: started here, written by the worker, completed and owned by an
 * `EbsSnapshot` elsewhere. Goes with the worker unless the commit record says that the disk is in it.
 */
export class EbsUpload extends pulumi.CustomResource {
  declare readonly snapshotId: pulumi.Output<string>;
  /** Then every block has to be put, zeros too. */
  declare readonly encrypted: pulumi.Output<boolean>;
  declare readonly region: pulumi.Output<string>;
  declare readonly volumeGib: pulumi.Output<number>;

  constructor(name: string, args: EbsUploadArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:EbsUpload", name, { ...args, snapshotId: undefined }, opts);
  }
}
