/** A real OpenSSH server on a free loopback port, with keys of its own, for tests. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../../contract/testing/free-port";

const SSHD = "/usr/sbin/sshd";
const START_MS = 10_000;

export interface TestServer {
  readonly folder: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** The wire form of a connection to it, over which tests put their own changes. */
  readonly connection: Readonly<Record<string, unknown>>;
  start(): Promise<void>;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

export function makeKey(folder: string, name: string, type = "ed25519"): { privateKey: string; publicKey: string } {
  const path = join(folder, name);
  // Half a minute less on a busy machine than the usual 3072.
  const bits = type === "rsa" ? ["-b", "2048"] : [];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...bits, "-N", "", "-C", "test", "-f", path]);
  return { privateKey: readFileSync(path, "utf8"), publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

/** Made, but not started: a connection to it is refused until `start`. */
export async function makeServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "sshd-"));
  const port = await freePort();
  const user = userInfo().username;
  // A second key of another type: a client that does not ask for the right one may be shown this.
  makeKey(folder, "host-ecdsa", "ecdsa");
  const host = makeKey(folder, "host");
  const client = makeKey(folder, "client");
  writeFileSync(join(folder, "authorized_keys"), `${client.publicKey}\n`, { mode: 0o600 });
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host-ecdsa`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "AcceptEnv GREETING PULUMI_COMMAND_STDOUT PULUMI_COMMAND_STDERR",
    "Subsystem sftp internal-sftp",
  ];
  writeFileSync(join(folder, "sshd_config"), config.map((line) => `${line}\n`).join(""));
  const hostKey = host.publicKey;
  const { privateKey } = client;
  let server: ChildProcess | undefined;
  return {
    folder,
    port,
    user,
    privateKey,
    hostKey,
    connection: { host: "127.0.0.1", port, user, privateKey, hostKey, dialErrorLimit: 10, perDialTimeout: 15 },
    start: async () => {
      if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
      // Ends with the tests, also with those that are killed.
      const command = ["--pdeathsig", "TERM", SSHD, "-D", "-e", "-f", join(folder, "sshd_config")];
      server = spawn("setpriv", command, { stdio: ["ignore", "ignore", "pipe"] });
      await listening(port, server);
    },
    stop: async () => {
      if (server !== undefined && server.exitCode === null) {
        const gone = once(server, "exit");
        server.kill();
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  let said = "";
  server.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  for (const end = Date.now() + START_MS; Date.now() < end; await wait(50)) {
    if (server.exitCode !== null) throw new Error(`${SSHD} ended with code ${server.exitCode}: ${said}`);
    if (await answers(port)) return;
  }
  throw new Error(`${SSHD} does not listen on port ${port} after ${START_MS} ms: ${said}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
