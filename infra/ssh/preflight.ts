/** What an existing machine lacks, as far as it shows without a connection of the agent's own. */
import { access, constants } from "node:fs/promises";
import { connect } from "node:net";
import type { Finding, PlatformUse } from "../platform";

/** How long a machine may take to accept a connection, ms. */
const CONNECT_MS = 10_000;

export async function sshPreflight(use: PlatformUse): Promise<Finding[]> {
  const findings = use.workers.map(async ({ path, spec }): Promise<Finding[]> => {
    if (spec.platform !== "ssh") return [];
    const key = access(spec.privateKeyFile, constants.R_OK).then(
      () => [],
      () => [
        {
          path: `${path}.privateKeyFile`,
          problem: `${spec.privateKeyFile} can't be read`,
          remedy: "name the file of a private ssh key that logs in there",
        },
      ],
    );
    const reach = reachable(spec.host, spec.port).then(
      () => [],
      (error: unknown) => [
        {
          path: `${path}.host`,
          problem: `${spec.host}:${spec.port} accepts no connection: ${String(error)}`,
          remedy: "check that the machine is up and sshd listens there",
        },
      ],
    );
    return (await Promise.all([key, reach])).flat();
  });
  return (await Promise.all(findings)).flat();
}

function reachable(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => socket.destroy(new Error(`no answer in ${CONNECT_MS / 1000} s`)));
    socket.once("error", reject);
  });
}
