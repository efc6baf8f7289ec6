/** What every inner stack of a stack is told: whose it is, where those who work on it say so, and what rules it keeps. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { packOfStack } from "../contract/policy-pack";
import { quickTypes } from "../infra/specs";
import { EphemeralStack, InnerStackOwner, type EphemeralStackArgs, type LeaseArgs, type Store } from "../provider";

export interface InnerStackOf {
  readonly namespace: pulumi.Input<string>;
  readonly lease: LeaseArgs;
}

/** @param identity of the stack that they belong to */
export function innerStackOf(identity: pulumi.Input<string>, store: Store): InnerStackOf {
  return { namespace: identity, lease: { store, folder: pulumi.interpolate`leases/${identity}` } };
}

/** An inner stack that has its owner before it is made. */
export function ownedStack(
  name: string,
  args: EphemeralStackArgs & InnerStackOf,
  opts: pulumi.CustomResourceOptions,
): EphemeralStack {
  const { program, key, namespace, lease } = args;
  const owner = new InnerStackOwner(`${name}-owner`, { resource: name, program, key, namespace, lease }, opts);
  return new EphemeralStack(
    name,
    { ...args, quickTypes: quickTypes(), policyPack: packOfStack(pulumi.getStack(), path.join(__dirname, "..")) },
    pulumi.mergeOptions(opts, { dependsOn: owner }),
  );
}
