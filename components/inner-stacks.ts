/** What every inner stack of a stack is told: whose it is, and where those who work on it say so. */
import * as pulumi from "@pulumi/pulumi";
import type { LeaseArgs, Store } from "../provider";

export interface InnerStackOf {
  readonly namespace: pulumi.Input<string>;
  readonly lease: LeaseArgs;
}

/** @param identity of the stack that they belong to */
export function innerStackOf(identity: pulumi.Input<string>, store: Store): InnerStackOf {
  return { namespace: identity, lease: { store, folder: pulumi.interpolate`leases/${identity}` } };
}
