/** The files of platform fake, as programs declare them. */
import * as pulumi from "@pulumi/pulumi";

/** A machine: a folder with a key pair. */
export class FakeMachine extends pulumi.CustomResource {
  declare readonly folder: pulumi.Output<string>;
  declare readonly privateKeyOpenssh: pulumi.Output<string>;
  declare readonly publicKeyOpenssh: pulumi.Output<string>;

  constructor(
    name: string,
    args: { folder: pulumi.Input<string>; image?: pulumi.Input<string>; identity: string; lifetimeMinutes: number },
    opts: pulumi.CustomResourceOptions,
  ) {
    const outputs = { privateKeyOpenssh: undefined, publicKeyOpenssh: undefined };
    super("builders:index:FakeMachine", name, { ...args, ...outputs }, opts);
  }
}

/** An image: a file that says whose it is and what is in it. */
export class FakeImage extends pulumi.CustomResource {
  declare readonly file: pulumi.Output<string>;

  constructor(
    name: string,
    args: {
      folder: pulumi.Input<string>;
      imageName: pulumi.Input<string>;
      sha256: pulumi.Input<string>;
      form: pulumi.Input<string>;
      owner: pulumi.Input<string>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super("builders:index:FakeImage", name, { ...args, file: undefined }, opts);
  }
}

/** A form: a file that waits for the worker's bytes. */
export class FakeUpload extends pulumi.CustomResource {
  declare readonly snapshotId: pulumi.Output<string>;

  constructor(
    name: string,
    args: { folder: pulumi.Input<string>; key: pulumi.Input<string>; identity: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions = {},
  ) {
    super("builders:index:FakeUpload", name, { ...args, snapshotId: undefined }, opts);
  }
}
