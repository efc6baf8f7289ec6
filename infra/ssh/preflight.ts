/** What an existing machine lacks for a login, found before anything starts. */
import { messageOf } from "../../contract/message-of";
import { connect } from "node:net";
import { dial } from "../../provider/ssh-ready/dial";
import { readPrivateKeyFile } from "../key-file";
import type { Finding, PlatformUse } from "../platform";
import type { SshWorker } from "./settings";

/** How long a machine may take to accept a connection, ms. */
const CONNECT_MS = 10_000;

export async function sshPreflight(use: PlatformUse<SshWorker, never>): Promise<Finding[]> {
  const findings = use.workers.map(({ path, spec }) => findingsOf(path, spec));
  return (await Promise.all(findings)).flat();
}

async function findingsOf(path: string, spec: SshWorker): Promise<Finding[]> {
  const where = `${spec.host}:${spec.port}`;
  const finding = (field: string, problem: string, remedy: string) => [{ path: `${path}.${field}`, problem, remedy }];
  const isUp = "check that the machine is up and sshd listens there";
  const [key, proxy, unreached] = await Promise.all([
    readPrivateKeyFile(spec.privateKeyFile),
    jumpHostOf(spec),
    // Behind a jump host its address means nothing here.
    (spec.jumpHost === undefined ? reachable(spec.host, spec.port) : Promise.resolve()).then(
      () => [],
      (error: unknown) => finding("host", `${where} accepts no connection: ${messageOf(error)}`, isUp),
    ),
  ]);
  if (typeof key !== "string") return [...finding("privateKeyFile", key.problem, key.remedy), ...unreached];
  if (unreached.length > 0 || proxy === "unknown") return unreached;
  const answer = await dial({ ...spec, privateKey: key, ...proxy }, new AbortController().signal);
  if (answer.state === "ready") return [];
  // What the jump host itself refuses is said at its own path, but whom it forwards to is known only now.
  if (answer.atJumpHost && answer.state !== "forbidden") return [];
  switch (answer.state) {
    case "login refused": {
      const remedy = `put its public half ("ssh-keygen -y -f ${spec.privateKeyFile}") into authorized_keys there`;
      return finding("privateKeyFile", `${spec.user} may not log in at ${where} with ${spec.privateKeyFile}`, remedy);
    }
    case "wrong key":
      return finding(
        "hostKey",
        `${where}: ${answer.why}`,
        'compare it with "ssh-keyscan" and what is known of the machine',
      );
    case "forbidden": {
      const remedy = "let its sshd forward there (AllowTcpForwarding, PermitOpen), or name another jump host";
      return finding("jumpHost", answer.why, remedy);
    }
    case "no route":
    case "refused":
    case "silent":
    case "broke":
      return finding("host", `${where}: ${answer.why}`, isUp);
  }
}

/** Unknown where its key can't be read, which is said at its own path. */
async function jumpHostOf({ jumpHost }: SshWorker) {
  if (jumpHost === undefined) return {};
  const privateKey = await readPrivateKeyFile(jumpHost.privateKeyFile);
  return typeof privateKey === "string" ? { proxy: { ...jumpHost, privateKey } } : "unknown";
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
