import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../store";

export interface StackRegistrationArgs {
  /** Of the stack. */
  readonly identity: pulumi.Input<string>;
  readonly store: pulumi.Input<Store>;
  /** `ORGANIZATION/PROJECT/STACK` */
  readonly stack: pulumi.Input<string>;
}

/** Says in the store what the stack of an identity is called, so that a copy of its state is found out. */
export class StackRegistration extends pulumi.CustomResource {
  constructor(name: string, args: StackRegistrationArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:StackRegistration", name, { ...args }, opts);
  }
}
