import type { Input } from "@pulumi/pulumi";

interface HopArgs {
  readonly host: Input<string>;
  readonly port: Input<number>;
  readonly user: Input<string>;
  /** OpenSSH private key. Secret. @default an ssh-agent has it */
  readonly privateKey?: Input<string>;
  /** Socket of that agent. @default the environment's (SSH_AUTH_SOCK), of whoever dials */
  readonly agentSocketPath?: Input<string>;
  /** OpenSSH public host key, `ssh-ed25519 AAAA...`. */
  readonly hostKey: Input<string>;
}

/** How to reach a machine over ssh; `hostKey` is known beforehand and always checked. */
export interface ConnectionArgs extends HopArgs {
  /** The jump host that it is reached through, which resolves its name too. @default it is reached by itself */
  readonly proxy?: HopArgs;
}
