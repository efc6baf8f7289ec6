/** Signs the record of a build, in a stack whose settings say so. */
import * as pulumi from "@pulumi/pulumi";
import { RecordSignature, type RecordSignatureArgs } from "../provider";

/** What a stack signs with, and whose signatures it takes. */
export interface BuildSigning extends Pick<RecordSignatureArgs, "keyId" | "privateKey"> {
  /** Public keys: its own, and those of before. */
  readonly trusted: readonly string[];
}

export interface SignedBuild {
  /** Known once the record is signed; undefined where none is. */
  readonly urn: pulumi.Output<string | undefined>;
  /** Of its record; undefined where it is not signed. */
  readonly recordSha256: pulumi.Output<string | undefined>;
}

export function recordSignature(
  build: string,
  args: Omit<RecordSignatureArgs, "keyId" | "privateKey">,
  signing: BuildSigning | undefined,
  opts: pulumi.CustomResourceOptions,
): SignedBuild {
  if (signing === undefined) return { urn: pulumi.output(undefined), recordSha256: pulumi.output(undefined) };
  const { keyId, privateKey } = signing;
  return new RecordSignature(`${build}-signature`, { ...args, keyId, privateKey }, opts);
}
