/** A machine that was there before: nothing is created, nothing of it is changed, nothing of ours stays. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Worker } from "../platform";
import type { SshWorker } from "./settings";

export function sshWorker(spec: SshWorker): Worker {
  return {
    connection: {
      host: spec.host,
      port: spec.port,
      user: spec.user,
      privateKey: pulumi.secret(readPrivateKey(spec.privateKeyFile)),
      hostKey: spec.hostKey,
    },
    machineId: `${spec.user}@${spec.host}:${spec.port}`,
    ownMachine: false,
  };
}

function readPrivateKey(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`worker.privateKeyFile: ${path} can't be read; name the file of a private ssh key`, { cause });
  }
}
