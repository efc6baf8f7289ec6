import * as pulumi from "@pulumi/pulumi";

export interface StackIdentityArgs {
  /** Identity of a stack whose state was lost, to take over what carries it. @default a new one */
  readonly identity?: pulumi.Input<string>;
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
