/** Boots one published image several times, each from a fresh copy, and checks every machine. */
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { scriptOnInput, sshConnection } from "../../components/agent-run";
import { parseSeconds } from "../../contract/schemas/boot-seconds";
import { parts } from "../../infra";
import { SshReady } from "../../provider";
import { plainly } from "../plainly";
import { checkScript } from "../../components/check-script";
import { readAttempt, readJob } from "./settings";

export = () => plainly(bootCheck);

async function bootCheck() {
  const job = readJob();
  const { stack, identity, place } = job;
  const attempt = readAttempt();
  const { boot } = await parts(place.platform);

  const checks = Array.from({ length: job.boots }, (_, index) => {
    const name = `boot-${index + 1}`;
    const machine = boot(name, { ...job, attempt, madeFor: { stack, identity } }, {});
    const { connection, machineId } = machine;
    const ready = new SshReady(`${name}-ssh`, { connection, machine: machineId });
    return new remote.Command(
      `${name}-check`,
      {
        connection: sshConnection(machine),
        ...scriptOnInput(checkScript(job)),
        logging: "stderr",
        triggers: [machineId],
      },
      { dependsOn: ready },
    );
  });

  return {
    /** Seconds from power-on to a running system, one number a boot. */
    seconds: pulumi.all(checks.map((check) => check.stdout)).apply((lines) => lines.map(parseSeconds)),
  };
}
