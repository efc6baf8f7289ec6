/** Through OpenSSH's own server, whose words decide what is said. */
import { appendFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { makeServer, type TestServer } from "./testing/sshd";
import { dial } from "../../provider/ssh-ready/dial";
import type { Endpoint, Hop } from "../../provider/ssh-client/endpoint";

const started: TestServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function sshd(config = ""): Promise<TestServer> {
  const server = await makeServer();
  started.push(server);
  appendFileSync(`${server.folder}/sshd_config`, config);
  await server.start();
  return server;
}

const hop = ({ port, user, privateKey, hostKey }: TestServer): Hop => ({
  host: "127.0.0.1",
  port,
  user,
  privateKey,
  hostKey,
});
const dialled = (machine: Hop, jump: TestServer) =>
  dial({ ...machine, proxy: hop(jump) } satisfies Endpoint, new AbortController().signal);

test("lets somebody through, and says which of the two refuses, and why", { timeout: 30_000 }, async () => {
  const jump = await sshd();
  const machine = hop(await sshd());
  expect(await dialled(machine, jump)).toEqual({ state: "ready" });
  const name = `the jump host ${jump.user}@127.0.0.1:${jump.port}`;
  const closed = await makeServer();
  expect(await dialled({ ...machine, port: closed.port }, jump)).toEqual({
    state: "refused",
    why: `${name} can't reach 127.0.0.1:${closed.port}: Connection refused`,
  });
  await closed.stop();
  expect(await dialled({ ...machine, host: "machine.invalid" }, jump)).toEqual({
    state: "no route",
    why: expect.stringMatching(/ can't reach machine\.invalid:\d+: .*(not known|failure|resolve|No address)/) as string,
  });
});

test("forwards nothing where it may not", { timeout: 30_000 }, async () => {
  const jump = await sshd("AllowTcpForwarding no\n");
  const result = await dialled(hop(await sshd()), jump);
  expect(result).toMatchObject({ state: "forbidden", atJumpHost: true });
  expect(result).toHaveProperty("why", expect.stringMatching(/forwards nothing to 127\.0\.0\.1:\d+: open failed$/));
});
