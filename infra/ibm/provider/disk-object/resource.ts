import * as pulumi from "@pulumi/pulumi";
import type { BodyParts } from "../../../../contract/bodies";
import type { Store } from "../../../../provider/store";

export interface SentDisk {
  /** Upload that its parts are in. */
  readonly uploadId: string;
  /** Of what was sent, as is its sha256, hex. */
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly parts: BodyParts;
}

export interface IbmDiskObjectArgs {
  /** Where the bucket is, `jp-tok`. */
  readonly location: pulumi.Input<string>;
  readonly bucket: pulumi.Input<string>;
  /** Name of the object, which ends with `.qcow2`. */
  readonly object: pulumi.Input<string>;
  /** The disk in the store, one zstd stream. */
  readonly source: pulumi.Input<{ readonly store: Store; readonly object: string }>;
  /** sha256 of the raw disk, holes read as zeros. */
  readonly sha256: pulumi.Input<string>;
  /** Of the raw disk. */
  readonly sizeBytes: pulumi.Input<number>;
  /** Build key, 64 hex digits. */
  readonly key: pulumi.Input<string>;
  /** Identity of the stack whose it is: kept with the object, and asked before it is deleted. */
  readonly identity: pulumi.Input<string>;
  /** What a worker has put there, by its record: taken if its sums are right. @default nothing */
  readonly sent?: pulumi.Input<SentDisk | undefined>;
  /** A text that was not given before: looks whether the object is there, and makes it again if it is not. */
  readonly again?: pulumi.Input<string>;
}

/**
 * A disk in Cloud Object Storage as VPC imports it: compressed qcow2, sent by the worker that built it, or else made from the disk in the
 * store on this machine, which needs the space for it. One that is there with this disk and identity is taken over; one of somebody else's is an error.
 */
export class IbmDiskObject extends pulumi.CustomResource {
  declare readonly location: pulumi.Output<string>;
  declare readonly bucket: pulumi.Output<string>;
  declare readonly object: pulumi.Output<string>;
  /** sha256 of the object. */
  declare readonly fileSha256: pulumi.Output<string>;
  /** Of the object. */
  declare readonly fileBytes: pulumi.Output<number>;

  constructor(name: string, args: IbmDiskObjectArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:IbmDiskObject", name, { ...args, fileSha256: undefined, fileBytes: undefined }, opts);
  }
}
