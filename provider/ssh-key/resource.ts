import * as pulumi from "@pulumi/pulumi";

export interface SshKeyArgs {
  /** Comment at the end of the public key, e.g. the name of the machine. Changing it makes no new key. @default "" */
  readonly comment?: pulumi.Input<string>;
}

/** An ed25519 key pair made by the provider, kept in the state, the private half as a secret. */
export class SshKey extends pulumi.CustomResource {
  /** OpenSSH format, ends with a line break. Secret. */
  declare readonly privateKeyOpenssh: pulumi.Output<string>;
  /** `ssh-ed25519 AAAA... comment`, one line without its break. */
  declare readonly publicKeyOpenssh: pulumi.Output<string>;

  constructor(name: string, args: SshKeyArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
    const outputs = { privateKeyOpenssh: undefined, publicKeyOpenssh: undefined };
    super(
      "builders:index:SshKey",
      name,
      { ...args, ...outputs },
      pulumi.mergeOptions(opts, {
        additionalSecretOutputs: ["privateKeyOpenssh"],
      }),
    );
  }
}
