/** What an existing machine lacks for a login, found before anything starts. */
import { messageOf } from "../../contract/message-of";
import { connect } from "node:net";
import { dial } from "../../provider/ssh-ready/dial";
import { readLogin, refusedLogin } from "../read-login";
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
  const [login, proxy, unreached] = await Promise.all([
    readLogin(spec),
    jumpHostOf(spec),
    // Behind a jump host its address means nothing here.
    (spec.jumpHost === undefined ? reachable(spec.host, spec.port) : Promise.resolve()).then(
      () => [],
      (error: unknown) => finding("host", `${where} accepts no connection: ${messageOf(error)}`, isUp),
    ),
  ]);
  if (!("with" in login)) return [...finding(login.field, login.problem, login.remedy), ...unreached];
  if (unreached.length > 0 || proxy === "unknown") return unreached;
  const answer = await dial({ ...spec, ...login.with, ...proxy }, new AbortController().signal);
  if (answer.state === "ready") return [];
  // What the jump host itself refuses is said at its own path, but whom it forwards to is known only now.
  if (answer.atJumpHost && answer.state !== "forbidden") return [];
  switch (answer.state) {
    case "login refused": {
      const { field, problem, remedy } = await refusedLogin(spec, spec.user, where);
      return finding(field, problem, remedy);
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

/** Unknown where its login can't be read, which is said at its own path. */
async function jumpHostOf({ jumpHost }: SshWorker) {
  if (jumpHost === undefined) return {};
  const login = await readLogin(jumpHost);
  return "with" in login ? { proxy: { ...jumpHost, ...login.with } } : "unknown";
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
