import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../store";

export interface StackIdentityArgs {
  /** Identity of a stack whose state was lost, to take over what carries it. @default a new one */
  readonly identity?: pulumi.Input<string>;
  /** Where a StackRegistration and others say things in its name: nothing of that stays once it is gone. @default nowhere */
  readonly registration?: { readonly store: pulumi.Input<Store> };
  /** The stack whose images this one uses: nothing is held of it once this one is gone. @default none */
  readonly reads?: {
    /** Of that stack. */
    readonly store: pulumi.Input<Store>;
    /** Its identity. */
    readonly owner: pulumi.Input<string>;
  };
}

/**
 * Who this stack is, whatever it is called and wherever its state is: made once, and kept as long as the state. Everything
 * that the stack makes anywhere carries it.
 */
export class StackIdentity extends pulumi.CustomResource {
  /** 12 of `a-z` and `2-7`. */
  declare readonly identity: pulumi.Output<string>;

  constructor(name: string, args: StackIdentityArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:StackIdentity", name, { identity: undefined, ...args }, opts);
  }
}
