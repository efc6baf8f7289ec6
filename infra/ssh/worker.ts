/** A machine that was there before: nothing is created, nothing of it is changed, nothing of ours stays. */
import { UserError } from "../../contract/user-error";
import * as pulumi from "@pulumi/pulumi";
import { enterCommand } from "../enter";
import type { SshConnection, Worker } from "../machine";
import { readPrivateKeyFile } from "./key-file";
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
  const { host, port, user, hostKey, privateKeyFile } = spec;
  const privateKey = pulumi.secret(readKey(privateKeyFile));
  const { connection } = new Machine(name, { host, port, user, hostKey, privateKey }, opts);
  return { connection, machineId: `${user}@${host}:${port}`, ownMachine: false };
}

async function readKey(file: string): Promise<string> {
  const key = await readPrivateKeyFile(file);
  if (typeof key === "string") return key;
  throw new UserError(`worker.privateKeyFile: ${key.problem}; ${key.remedy}`);
}
