/** A machine that was there before: nothing is created, nothing of it is changed, nothing of ours stays. */
import * as pulumi from "@pulumi/pulumi";
import { enterCommand } from "../enter";
import type { SshConnection, Worker } from "../machine";
import { loginWith, throughJumpHost } from "../login-connection";
import type { SshWorker } from "./settings";

/** Only a name in the state: `npm run enter` finds the way in there. */
class Machine extends pulumi.ComponentResource {
  constructor(
    name: string,
    readonly connection: SshConnection,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("builders:ssh:Machine", name, {}, opts);
    this.registerOutputs({ connection, enter: enterCommand() });
  }
}

export function sshWorker(name: string, spec: SshWorker, opts: pulumi.ComponentResourceOptions): Worker {
  const { host, port, user, hostKey, jumpHost } = spec;
  const { connection } = new Machine(
    name,
    { ...{ host, port, user, hostKey }, ...loginWith("worker", spec), ...throughJumpHost(jumpHost) },
    opts,
  );
  return { connection, machineId: `${user}@${host}:${port}`, ownMachine: false };
}
