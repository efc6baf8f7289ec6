/**
 * What every throw-away machine has, whatever platform starts it: a login key and a host key of its own, made beforehand so
 * that the first connection can be checked, and a timer that ends it, whatever becomes of us.
 */
import * as pulumi from "@pulumi/pulumi";
import { SshKey } from "../provider";
import { cloudConfig } from "./cloud-config";
import { enterCommand } from "./enter";
import type { SshConnection } from "./machine";

export interface Throwaway {
  /** OpenSSH public key that logs in as root, for platforms that want it said beside the user data. */
  readonly authorizedKey: pulumi.Output<string>;
  /** For cloud-init. Secret. */
  readonly userData: pulumi.Output<string>;
  /** Ends the component: how it is reached, and how a person enters it. */
  readonly reachedAt: (at: Pick<SshConnection, "host" | "port" | "proxy">) => {
    readonly connection: SshConnection;
    readonly enter: string;
  };
}

/** @param lifetimeMinutes after its boot it powers itself off */
export function throwaway(name: string, lifetimeMinutes: number, opts: pulumi.CustomResourceOptions): Throwaway {
  const login = new SshKey(`${name}-login`, {}, opts);
  const host = new SshKey(`${name}-host`, {}, opts);
  return {
    authorizedKey: login.publicKeyOpenssh,
    userData: pulumi
      .all([login.publicKeyOpenssh, host.privateKeyOpenssh, host.publicKeyOpenssh])
      .apply(([authorizedKey, hostPrivateKey, hostPublicKey]) =>
        cloudConfig({ authorizedKey, hostPrivateKey, hostPublicKey, powerOffAfterMinutes: lifetimeMinutes }),
      ),
    reachedAt: (at) => ({
      connection: { ...at, user: "root", privateKey: login.privateKeyOpenssh, hostKey: host.publicKeyOpenssh },
      enter: enterCommand(),
    }),
  };
}
