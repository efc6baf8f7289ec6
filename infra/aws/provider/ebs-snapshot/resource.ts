import * as pulumi from "@pulumi/pulumi";

/** Where the bytes of a volume come from: exactly one of these. */
export type EbsSnapshotSource =
  /** A raw disk on this machine; its holes are not sent. */
  | { readonly file: pulumi.Input<string> }
  /** A raw disk behind an URL, plain or as one zstd stream; a query (a signature) is not part of its identity. */
  | { readonly url: pulumi.Input<string>; readonly compression?: pulumi.Input<"none" | "zstd"> }
  /**
   * A snapshot that somebody else has put all blocks into. It is completed, and from then on this resource's. One that was
   * given up or deleted by then, or bears another owner than `tags` say, is made from `otherwise`.
   */
  | {
      /** @default a snapshot that nothing comes of is an error */
      readonly otherwise?: pulumi.Input<{
        readonly url: pulumi.Input<string>;
        readonly compression?: pulumi.Input<"none" | "zstd">;
      }>;
      readonly blocks: pulumi.Input<{
        readonly snapshotId: pulumi.Input<string>;
        readonly changedBlocks: pulumi.Input<number>;
        /** sha256 of the blocks' raw digests in the order of their indexes, base64. */
        readonly checksum: pulumi.Input<string>;
      }>;
    };

export interface EbsSnapshotArgs {
  readonly region: pulumi.Input<string>;
  /** A change replaces. */
  readonly source: pulumi.Input<EbsSnapshotSource>;
  /** sha256 of the raw disk, hex: checked while it is read. A change replaces, whatever else is the same. */
  readonly sha256?: pulumi.Input<string>;
  /** Size of the volume, GiB. Needed for an URL with zstd. @default the disk's size, rounded up */
  readonly volumeGib?: pulumi.Input<number>;
  readonly description?: pulumi.Input<string>;
  /** A change is made in place. */
  readonly tags?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** @default as the account encrypts by default */
  readonly encrypted?: pulumi.Input<boolean>;
  /** ARN of the KMS key; makes the snapshot an encrypted one. @default the account's for EBS */
  readonly kmsKeyId?: pulumi.Input<string>;
  /**
   * What is left out. `holes`: what the file system says was never written. `zeros`: every block of zeros, also one that
   * was written on purpose, which reads as garbage on an encrypted volume. `nothing`: the whole volume is written, as it
   * always is for an encrypted snapshot. @default "holes"
   */
  readonly skip?: pulumi.Input<"holes" | "zeros" | "nothing">;
  /** AWS fails the snapshot when no block came for so long, minutes, 10 to 4320. @default 60 */
  readonly timeoutMinutes?: pulumi.Input<number>;
  /** A text that was not given before replaces: the snapshot is lost. Taking it away changes nothing. */
  readonly again?: pulumi.Input<string>;
}

/**
 * An EBS snapshot with the content of a disk image, written with the EBS direct APIs: no instance, no S3 import, no
 * service role. Completed when it is created; deleted with this resource.
 */
export class EbsSnapshot extends pulumi.CustomResource {
  declare readonly snapshotId: pulumi.Output<string>;
  declare readonly volumeGib: pulumi.Output<number>;
  declare readonly encrypted: pulumi.Output<boolean>;
  /** Blocks of 512 KiB that were put. */
  declare readonly changedBlocks: pulumi.Output<number>;
  /** As given to CompleteSnapshot. */
  declare readonly checksum: pulumi.Output<string>;

  constructor(name: string, args: EbsSnapshotArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { snapshotId: undefined, changedBlocks: undefined, checksum: undefined };
    super("builders:index:EbsSnapshot", name, { ...args, source: withSecretUrl(args.source), ...outputs }, opts);
  }
}

/** The query of an URL is mostly a signature: whoever has it may read. */
function withSecretUrl(source: EbsSnapshotArgs["source"]): pulumi.Output<unknown> {
  return pulumi
    .output(source)
    .apply((known): unknown => (readFrom(known)?.includes("?") === true ? pulumi.secret(known) : known));
}

function readFrom(source: pulumi.Unwrap<EbsSnapshotSource>): string | undefined {
  if ("blocks" in source) return source.otherwise?.url;
  return "url" in source ? source.url : undefined;
}
