import * as pulumi from "@pulumi/pulumi";
import type { CommitRecord } from "../../contract/commit-record";
import type { Store } from "../store";

export interface RecordSignatureArgs {
  readonly store: pulumi.Input<Store>;
  /** Object of the commit record, `builds/IDENTITY/KEY.json`. */
  readonly record: pulumi.Input<string>;
  /** Object of its signature, `signatures/IDENTITY/KEY.json`; a change replaces. */
  readonly signature: pulumi.Input<string>;
  /** The record as it was checked: nothing else is signed. */
  readonly artifact: pulumi.Input<CommitRecord>;
  /** Of the key: another one signs again. */
  readonly keyId: pulumi.Input<string>;
  /** The private key, as the settings have it. Secret, and in no output. */
  readonly privateKey: pulumi.Input<string>;
}

/**
 * The signature of a commit record, made by the operator's side when its checks have passed. What was changed in the store since
 * is not signed, neither now nor by a later key. Declare what is made from the artifact as depending on it.
 */
export class RecordSignature extends pulumi.CustomResource {
  /** Of the record's bytes in the store, hex. */
  declare readonly recordSha256: pulumi.Output<string>;

  constructor(name: string, args: RecordSignatureArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, privateKey: pulumi.secret(args.privateKey), recordSha256: undefined };
    super("builders:index:RecordSignature", name, inputs, opts);
  }
}
