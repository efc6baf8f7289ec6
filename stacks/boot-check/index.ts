/** Boots one published image several times, each from a fresh copy, and checks every machine. */
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { scriptOnInput, sshConnection } from "../../components/agent-run";
import { parseSeconds } from "../../contract/schemas/boot-seconds";
import { platform } from "../../infra";
import { SshReady } from "../../provider";
import { checkScript } from "./check";
import { readJob } from "./settings";

const job = readJob();
const { stack, identity } = job;

const boots = Array.from({ length: job.boots }, (_, index) => {
  const name = `boot-${index + 1}`;
  const machine = platform(job.place.platform).boot(name, { ...job, madeFor: { stack, identity } }, {});
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

/** Seconds from power-on to a running system, one number a boot. */
export const seconds = pulumi.all(boots.map((boot) => boot.stdout)).apply((lines) => lines.map(parseSeconds));
