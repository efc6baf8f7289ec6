import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeKey, makeServer, type TestServer } from "./testing/sshd";
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
