/** Logins by OpenSSH's own agent and server: what the settings say of it means the same to our ssh, to the plugin and to ssh itself. */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it, vi, afterAll } from "vitest";
import { sshArguments } from "../../cli/enter-arguments";
import { jumpHostAsker } from "../../infra/jump-host-preflight";
import { sshPreflight } from "../../infra/ssh/preflight";
import { sshWorker } from "../../infra/ssh/settings";
import { runOverSsh } from "../../provider/feed/ssh";
import { isListening } from "../../provider/ssh-client/agent";
import { startAgent, type TestAgent } from "../../provider/ssh-client/testing/agent";
import { makePlugin, REMOTE_COMMAND, secret } from "./testing/plugin";
import { makeKey, makeServer, type TestServer } from "./testing/sshd";

/** Some dozens of programs are started, on machines that are busy with other tests. */
const LONG = 180_000;

vi.setConfig({ testTimeout: LONG });

let machine: TestServer;
let jump: TestServer;
let agent: TestAgent;
let folder: string;
beforeAll(async () => {
  [machine, jump] = [await makeServer(), await makeServer()];
  folder = mkdtempSync(join(tmpdir(), "agent-test-"));
  const rsa = makeKey(folder, "rsa", "rsa").publicKey;
  for (const server of [machine, jump]) appendFileSync(join(server.folder, "authorized_keys"), `${rsa}\n`);
  await Promise.all([machine.start(), jump.start()]);
}, LONG);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([machine.stop(), jump.stop()]);
});
beforeEach(async () => {
  agent = await startAgent();
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await agent.stop();
});

const key = (server: TestServer) => join(server.folder, "client");
const place = ({ port, user, hostKey }: TestServer) => ({ host: "127.0.0.1", port, user, hostKey });

function worker(more: Readonly<Record<string, unknown>>) {
  return sshWorker.parse({ platform: "ssh", ...place(machine), ...more });
}

async function findings(more: Readonly<Record<string, unknown>>): Promise<string[]> {
  const spec = worker(more);
  const { jumpHost } = spec;
  const found = await Promise.all([
    sshPreflight({ workers: [{ path: "w", arch: "x86_64", spec }], places: [] }),
    jumpHostAsker()(jumpHost === undefined ? [] : [{ path: "w.jumpHost", jumpHost }]),
  ]);
  return found.flat().map(({ path, problem, remedy }) => `${path}: ${problem}; ${remedy}`);
}

/** Who gets in with this connection: our ssh, the plugin, and the ssh of `npm run enter`. */
async function whoGetsIn(login: Readonly<Record<string, string>>): Promise<string[]> {
  const connection = { ...place(machine), ...login, proxy: { ...place(jump), ...login } };
  const talk = { endpoint: connection, onLine: () => Promise.resolve(undefined), stop: new AbortController().signal };
  const dials = { dialErrorLimit: 0, perDialTimeout: 15 };
  const viaPlugin = { ...connection, ...dials, proxy: { ...connection.proxy, ...dials } };
  // Nothing is lent to the machine: it finds no agent there.
  const command = 'test -z "$SSH_AUTH_SOCK"';
  const ours = await runOverSsh({ ...talk, command }).catch(() => ({ code: 255 }));
  const { plugin } = makePlugin({ environment: { SSH_AUTH_SOCK: process.env.SSH_AUTH_SOCK } });
  const created = { create: command, connection: secret(viaPlugin) };
  const theirs = await plugin.create(REMOTE_COMMAND, created).then(
    () => 0,
    () => 255,
  );
  const entered = spawnSync("ssh", [...sshArguments(connection, folder), command], { input: "" });
  const codes = { ours: ours.code, theirs, entered: entered.status };
  return Object.entries(codes).flatMap(([who, code]) => (code === 0 ? [who] : []));
}

const ALL = ["ours", "theirs", "entered"];

it("lets in by the agent's key, of each kind: that of the environment, or of a named socket", async () => {
  const { socket } = agent;
  agent.add(key(machine), key(jump));
  expect(await findings({ sshAgent: socket, jumpHost: { ...place(jump), sshAgent: socket } })).toEqual([]);
  expect(await whoGetsIn({ agentSocketPath: socket })).toEqual(ALL);
  expect(await whoGetsIn({})).toEqual([]);
  vi.stubEnv("SSH_AUTH_SOCK", socket);
  agent.add("-D");
  agent.add(join(folder, "rsa"));
  expect(await findings({ sshAgent: true, jumpHost: { ...place(jump), sshAgent: true } })).toEqual([]);
  expect(await whoGetsIn({})).toEqual(ALL);
});

it("is not asked where the settings name a file, whatever it has", async () => {
  agent.add(key(machine), key(jump));
  vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
  const stranger = makeKey(folder, "stranger").privateKey;
  expect(await whoGetsIn({ privateKey: stranger })).toEqual([]);
  expect(await findings({ privateKeyFile: join(folder, "stranger") })).toEqual([
    expect.stringMatching(/^w\.privateKeyFile: .* may not log in/),
  ]);
});

it("says by path what an agent lacks", async () => {
  const { socket } = agent;
  expect(await findings({ sshAgent: true })).toEqual([
    expect.stringMatching(/^w\.sshAgent: SSH_AUTH_SOCK is not set: there is no agent; start one .*or name the path/),
  ]);
  const none = expect.stringMatching(/^w\.sshAgent: the agent at \S+ has no identities; .*ssh-add KEY/) as string;
  expect(await findings({ sshAgent: socket })).toEqual([none]);
  makeKey(folder, "other");
  agent.add(join(folder, "other"));
  const jumpHost = { ...place(jump), sshAgent: socket };
  const login =
    "may not log in at the jump host \\S+ with an identity of the ssh-agent; put an identity that .*ssh-add -L";
  expect(await findings({ privateKeyFile: key(machine), jumpHost })).toEqual([
    expect.stringMatching(new RegExp(`^w\\.jumpHost\\.sshAgent: \\S+ ${login}`)),
  ]);
  await agent.stop("SIGKILL");
  expect(await isListening(socket)).toBe(false);
  expect(await findings({ sshAgent: socket })).toEqual([
    expect.stringMatching(/^w\.sshAgent: the agent at \S+ does not answer: .*ECONNREFUSED.*; start an agent/),
  ]);
});

it("says so of one that refuses to sign, and of one with more identities than a server takes", async () => {
  const { socket } = agent;
  agent.add("-c", key(machine));
  expect(await findings({ sshAgent: socket })).toEqual([
    expect.stringMatching(/^w\.sshAgent: .* may not log in .*asks before each use \(ssh-add -c/),
  ]);
  agent.add("-D");
  for (const name of ["1", "2", "3", "4", "5", "6", "7"]) {
    makeKey(folder, name);
    agent.add(join(folder, name));
  }
  agent.add(key(machine));
  expect(await findings({ sshAgent: socket })).toEqual([
    expect.stringMatching(/^w\.sshAgent: .* sshd takes 6 tries \(MaxAuthTries\), and the agent offers 8 identities: /),
  ]);
});

it("keeps the host key, and takes one way in from the settings", async () => {
  agent.add(key(machine));
  const { publicKey } = makeKey(folder, "host");
  expect(await findings({ sshAgent: agent.socket, hostKey: publicKey })).toEqual([
    expect.stringMatching(/^w\.hostKey: .*another machine answers/),
  ]);
  const said = (more: object) =>
    sshWorker
      .safeParse({ platform: "ssh", ...place(machine), ...more })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(said({})).toEqual([expect.stringMatching(/^privateKeyFile: missing; .*sshAgent: true/)]);
  expect(said({ sshAgent: true, privateKeyFile: "k" })).toEqual([expect.stringMatching(/^sshAgent: .*leave out one/)]);
  expect(said({ sshAgent: false })).toEqual([expect.stringMatching(/^sshAgent: write true .*SSH_AUTH_SOCK/)]);
});
