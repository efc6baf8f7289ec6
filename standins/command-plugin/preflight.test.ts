import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKey, makeServer, type TestServer } from "./testing/sshd";
import { jumpHostAsker } from "../../infra/jump-host-preflight";
import { sshPreflight } from "../../infra/ssh/preflight";
import type { SshWorker } from "../../infra/ssh/settings";

let server: TestServer;
beforeAll(async () => {
  server = await makeServer();
  await server.start();
});
afterAll(() => server.stop());

async function findings(more: Partial<SshWorker>): Promise<string[]> {
  const { port, user, hostKey, folder } = server;
  const worker = { platform: "ssh", host: "127.0.0.1", port, user, hostKey, lifetimeMinutes: 60 } as const;
  const spec = { ...worker, privateKeyFile: join(folder, "client"), ...more };
  const found = await sshPreflight({ workers: [{ path: "w", arch: "x86_64", spec }], places: [] });
  return found.map(({ path, problem, remedy }) => `${path}: ${problem}; ${remedy}`);
}

it("finds nothing where the key logs in", () => expect(findings({})).resolves.toEqual([]));

it("says it of a key that the machine doesn't know, and of a machine that is another", async () => {
  const stranger = makeKey(server.folder, "stranger");
  const file = join(server.folder, "stranger");
  await expect(findings({ privateKeyFile: file })).resolves.toEqual([
    expect.stringMatching(/^w\.privateKeyFile: .* may not log in at .*ssh-keygen -y -f .*authorized_keys/),
  ]);
  await expect(findings({ hostKey: stranger.publicKey })).resolves.toEqual([expect.stringMatching(/^w\.hostKey: /)]);
});

it("says what is wrong with the file and that nobody answers, both at once", async () => {
  writeFileSync(join(server.folder, "empty"), "");
  await expect(findings({ privateKeyFile: join(server.folder, "empty"), port: 1 })).resolves.toEqual([
    expect.stringMatching(/^w\.privateKeyFile: .* holds no private key/),
    expect.stringMatching(/^w\.host: 127\.0\.0\.1:1 accepts no connection/),
  ]);
});

describe("behind a jump host", () => {
  let jump: TestServer;
  let closed: TestServer;
  beforeAll(async () => {
    [jump, closed] = [await makeServer(), await makeServer()];
    appendFileSync(join(closed.folder, "sshd_config"), "AllowTcpForwarding no\n");
    await Promise.all([jump.start(), closed.start()]);
  });
  afterAll(() => Promise.all([jump.stop(), closed.stop()]));

  const through = ({ port, user, hostKey, folder }: TestServer) => ({
    jumpHost: { ...{ host: "127.0.0.1", port, user, hostKey }, privateKeyFile: join(folder, "client") },
  });

  it("logs in through it, and says what the machine itself refuses", async () => {
    await expect(findings(through(jump))).resolves.toEqual([]);
    const stranger = makeKey(jump.folder, "stranger").publicKey;
    await expect(findings({ ...through(jump), hostKey: stranger })).resolves.toEqual([
      expect.stringMatching(/^w\.hostKey: 127\.0\.0\.1:\d+: its host key is SHA256:/),
    ]);
    await expect(findings({ ...through(jump), host: "machine.invalid" })).resolves.toEqual([
      expect.stringMatching(/^w\.host: machine\.invalid:\d+: the jump host \S+ can't reach machine\.invalid:/),
    ]);
    await expect(findings(through(closed))).resolves.toEqual([
      expect.stringMatching(/^w\.jumpHost: the jump host \S+ forwards nothing to .*AllowTcpForwarding/),
    ]);
  });

  it("leaves what the jump host refuses to whoever asks each of them once", async () => {
    const { jumpHost } = through(jump);
    const wrong = { ...jumpHost, hostKey: makeKey(jump.folder, "other").publicKey };
    const keyless = { ...jumpHost, privateKeyFile: join(jump.folder, "none") };
    for (const one of [wrong, keyless]) await expect(findings({ jumpHost: one })).resolves.toEqual([]);
    const asked = await jumpHostAsker()([
      { path: "w.jumpHost", jumpHost },
      { path: "x.jumpHost", jumpHost: wrong },
    ]);
    expect(asked.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      expect.stringMatching(/^x\.jumpHost\.hostKey: the jump host 127\.0\.0\.1:\d+: its host key is SHA256:/),
    ]);
  });
});
