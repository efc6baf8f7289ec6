import { execFileSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint, parseHostKey } from "./host-key";
import { makePlugin, REMOTE_COMMAND, secret } from "./testing/plugin";
import { makeKey, makeServer, type TestServer } from "./testing/sshd";

let server: TestServer;
beforeAll(async () => {
  server = await makeServer();
  await server.start();
});
afterAll(() => server.stop());

const create = (connection: Record<string, unknown>, plugin = makePlugin().plugin) =>
  plugin.create(REMOTE_COMMAND, {
    create: "echo reached",
    connection: secret({ ...server.connection, ...connection }),
  });

describe("the host key", () => {
  it("has the fingerprint that ssh-keygen prints", () => {
    const printed = execFileSync("ssh-keygen", ["-l", "-f", `${server.folder}/host.pub`], { encoding: "utf8" });
    expect(printed.split(" ")[1]).toBe(fingerprint(parseHostKey(server.hostKey).blob));
  });

  it("is asked for by its type, where the server has several", async () => {
    for (const hostKey of [
      server.hostKey,
      execFileSync("cat", [`${server.folder}/host-ecdsa.pub`], { encoding: "utf8" }),
    ]) {
      expect((await create({ hostKey })).outs).toMatchObject({ stdout: "reached" });
    }
  });

  it("stops the connection if it is another one, and the error names both", async () => {
    const other = makeKey(server.folder, "other").publicKey;
    const attempt = create({ hostKey: other, dialErrorLimit: 1 });
    await expect(attempt).rejects.toThrow(fingerprint(parseHostKey(other).blob));
    await expect(attempt).rejects.toThrow(fingerprint(parseHostKey(server.hostKey).blob));
  });

  it("is refused by fingerprint too if the server has none of its type", async () => {
    const rsa = makeKey(server.folder, "rsa", "rsa").publicKey;
    await expect(create({ hostKey: rsa, dialErrorLimit: 0 })).rejects.toThrow(fingerprint(parseHostKey(rsa).blob));
  });

  it("is dialled again some times only, even where dial errors have no limit", async () => {
    const other = makeKey(server.folder, "another", "rsa").publicKey;
    const { plugin } = makePlugin({ hurry: 100 });
    await expect(create({ hostKey: other, dialErrorLimit: -1 }, plugin)).rejects.toThrow("gave up after 11 dials");
  });

  it("must be readable", async () => {
    await expect(create({ hostKey: "nonsense" })).rejects.toThrow("connection.hostKey is no OpenSSH public key");
  });
});

describe("dialling", () => {
  it("waits for a machine that starts three seconds later, and says so", { timeout: 20_000 }, async () => {
    const late = await makeServer();
    const { plugin, lines } = makePlugin();
    try {
      const begun = Date.now();
      const connection = secret({ ...late.connection });
      const created = plugin.create(REMOTE_COMMAND, { create: "echo up", connection });
      await wait(3000);
      await late.start();
      expect((await created).outs).toMatchObject({ stdout: "up" });
      expect(Date.now() - begun).toBeGreaterThan(3000);
      expect(lines[0]?.text).toMatch(/^connecting to \S+@127\.0\.0\.1:\d+, dial 1\/11: .*ECONNREFUSED/);
    } finally {
      await late.stop();
    }
  });

  it("gives up at the limit, with the last reason", async () => {
    const closed = await makeServer();
    const attempt = create({ port: closed.port, dialErrorLimit: 2 });
    await expect(attempt).rejects.toThrow(/cannot connect to .*ECONNREFUSED.*gave up after 3 dials/);
    await closed.stop();
  });

  it("tries again when the key is refused: cloud-init may not have put it yet", async () => {
    const { plugin, lines } = makePlugin();
    const { privateKey } = makeKey(server.folder, "stranger");
    await expect(create({ privateKey, dialErrorLimit: 1 }, plugin)).rejects.toThrow("authentication methods failed");
    expect(lines).toHaveLength(1);
  });

  it("does not dial with a key that cannot be read, and does not print it", async () => {
    const { plugin, lines } = makePlugin();
    const attempt = create({ privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n" }, plugin);
    await expect(attempt).rejects.toThrow("connection.privateKey cannot be read");
    await expect(attempt).rejects.not.toThrow("c2VjcmV0");
    expect(lines).toEqual([]);
  });

  it("goes through a proxy", async () => {
    const { host, port, user, privateKey, hostKey } = server.connection;
    const proxy = { host, port, user, privateKey, hostKey };
    expect((await create({ proxy })).outs).toMatchObject({ stdout: "reached" });
    const wrong = { ...proxy, hostKey: makeKey(server.folder, "proxy").publicKey, dialErrorLimit: 0 };
    await expect(create({ proxy: wrong })).rejects.toThrow("cannot connect to proxy");
  });

  it("ends at once when cancelled while it waits", async () => {
    const closed = await makeServer();
    const { plugin } = makePlugin();
    const attempt = create({ port: closed.port, dialErrorLimit: -1 }, plugin);
    const outcome = expect(attempt).rejects.toThrow("cancelled");
    await wait(700);
    const begun = Date.now();
    await plugin.cancel();
    await outcome;
    expect(Date.now() - begun).toBeLessThan(500);
    await closed.stop();
  });
});
