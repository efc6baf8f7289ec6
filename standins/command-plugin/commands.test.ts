import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_COMMAND, makePlugin, REMOTE_COMMAND, secret } from "./testing/plugin";
import { makeServer, type TestServer } from "./testing/sshd";
import type { WireProperties } from "../../provider-kit/wire";

let server: TestServer;
beforeAll(async () => {
  server = await makeServer();
  await server.start();
});
afterAll(() => server.stop());

const outsOf = (result: { outs?: unknown }) => result.outs as Record<string, unknown>;

// One suite for both: they differ in where the command runs and in nothing else.
describe.each([
  ["command:remote:Command", REMOTE_COMMAND, () => ({ connection: secret(server.connection) })],
  ["command:local:Command", LOCAL_COMMAND, () => ({})],
])("%s", (_type, urn, place) => {
  const create = (inputs: WireProperties, made = makePlugin()) => made.plugin.create(urn, { ...place(), ...inputs });

  it("runs, and stores what was printed without the last newline", async () => {
    const created = await create({ create: "echo out; echo err >&2" });
    expect(outsOf(created)).toMatchObject({ create: "echo out; echo err >&2", stdout: "out", stderr: "err" });
    expect(created.id).toMatch(/^it[0-9a-f]{8}$/);
  });

  it("gives stdin to the command, large ones too, and none if there is none", async () => {
    const stdin = "0123456789abcdef".repeat(100_000);
    const created = await create({ create: "sha256sum", stdin: secret(stdin) });
    expect(outsOf(created)["stdout"]).toBe(`${createHash("sha256").update(stdin).digest("hex")}  -`);
    expect(outsOf(created)["stdin"]).toEqual(secret(stdin));
    expect(outsOf(await create({ create: "cat" }))["stdout"]).toBe("");
    expect(outsOf(await create({ create: "true", stdin }))["stdout"]).toBe("");
  });

  it("sets the environment", async () => {
    const created = await create({ create: 'echo "$GREETING"', environment: { GREETING: "it's\n$HOME" } });
    expect(outsOf(created)["stdout"]).toBe("it's\n$HOME");
  });

  it("fails with the exit code and all of the output, as the official plugin does, logged or not", async () => {
    const attempt = create({ create: "echo before; echo reason >&2; exit 7", logging: "stdout" });
    await expect(attempt).rejects.toThrow(/failed with exit code 7; its output:\nbefore\nreason$/);
    await expect(create({ create: "kill -9 $$" })).rejects.toThrow("was ended by signal");
  });

  it("keeps a secret command out of the error", async () => {
    const attempt = create({ create: secret(": hush; exit 1") });
    await expect(attempt).rejects.toThrow("the secret create command");
    await expect(attempt).rejects.not.toThrow("hush");
  });

  it("refuses a line that the official plugin would stand at for ever, of a stream that is logged", async () => {
    const long = "head -c 1048576 /dev/zero | tr '\\0' x";
    await expect(create({ create: `${long}; sleep 60`, logging: "stdout" })).rejects.toThrow(
      "printed a line of more than 64 KiB to a stream that is logged: the official plugin reads no further",
    );
    const kept = await create({ create: long, logging: "stderr" });
    expect(String(outsOf(kept)["stdout"])).toHaveLength(1_048_576);
  });

  it("passes lines on while the command runs, in order", async () => {
    const made = makePlugin();
    await create({ create: "for i in 1 2 3 4; do echo $i; sleep 0.3; done" }, made);
    expect(made.lines.map((line) => line.text)).toEqual(["1", "2", "3", "4"]);
    const [first, , , last] = made.lines;
    expect((last?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(600);
    expect(first?.urn).toBe(urn);
  });

  it("logs what logging names", async () => {
    for (const [logging, expected] of [
      ["stdout", ["o"]],
      ["stderr", ["e"]],
      ["none", []],
    ] as const) {
      const made = makePlugin();
      const created = await create({ create: "echo o; echo e >&2", logging }, made);
      expect(made.lines.map((line) => line.text)).toEqual(expected);
      expect(outsOf(created)).toMatchObject({ stdout: "o", stderr: "e" });
    }
  });

  it("takes 5 MB of output", async () => {
    const created = await create({ create: "head -c 5242880 /dev/zero | tr '\\0' x | fold -w 99", logging: "none" });
    const text = String(outsOf(created)["stdout"]);
    expect(text.replaceAll("\n", "")).toBe("x".repeat(5_242_880));
  });

  it("updates with update, else with create, and gives them the previous output", async () => {
    const { plugin } = makePlugin();
    const say = 'echo "$PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"';
    const olds = { ...place(), create: "old", stdout: secret("before"), stderr: "errors" };
    const update = async (news: WireProperties) =>
      outsOf(await plugin.update("id", urn, olds, { ...place(), ...news }))["stdout"];
    expect(await update({ create: "false", update: say })).toBe("before/errors");
    expect(await update({ create: say })).toBe("before/errors");
    expect(await update({ create: say, addPreviousOutputInEnv: false })).toBe("/");
    expect(await update({})).toEqual(secret("before"));
  });

  it("runs delete with the previous output, and nothing if there is none", async () => {
    const { plugin } = makePlugin();
    const trace = join(server.folder, `deleted-${urn.includes("remote") ? "remote" : "local"}`);
    const state = { ...place(), stdout: "made", stderr: "" };
    await plugin.delete("id", urn, { ...state, delete: `echo "$PULUMI_COMMAND_STDOUT" > ${trace}` });
    expect(readFileSync(trace, "utf8")).toBe("made\n");
    await plugin.delete("id", urn, state);
    await expect(plugin.delete("id", urn, { ...state, delete: "exit 3" })).rejects.toThrow("exit code 3");
  });

  it("does nothing without a create command", async () => {
    expect(outsOf(await create({}))).toMatchObject({ stdout: "", stderr: "" });
  });

  it("stops promptly when cancelled", async () => {
    const made = makePlugin();
    const trace = join(server.folder, `survived-${urn.includes("remote") ? "remote" : "local"}`);
    const attempt = create({ create: `echo started; sleep 1.5; echo too late && touch ${trace}` }, made);
    const outcome = expect(attempt).rejects.toThrow("cancelled");
    while (made.lines.length === 0) await wait(20);
    const begun = Date.now();
    await made.plugin.cancel();
    await outcome;
    expect(Date.now() - begun).toBeLessThan(1000);
    await wait(2000 - (Date.now() - begun));
    expect(existsSync(trace)).toBe(false);
  });
});

describe("command:remote:Command", () => {
  it("fails for a variable that sshd does not accept, as the official plugin does", async () => {
    const { plugin } = makePlugin();
    const inputs = { connection: secret(server.connection), create: "true", environment: { REFUSED: "x" } };
    await expect(plugin.create(REMOTE_COMMAND, inputs)).rejects.toThrow('could not set environment variable "REFUSED"');
  });

  it("keeps the connection secret in the state, even where it came as none", async () => {
    const { plugin } = makePlugin();
    const created = await plugin.create(REMOTE_COMMAND, { create: "true", connection: server.connection });
    expect(outsOf(created)["connection"]).toEqual(secret(server.connection));
  });

  it("fails to delete on a machine that is gone, as the official provider does", async () => {
    const { plugin } = makePlugin();
    const gone = await makeServer();
    const connection = secret({ ...gone.connection, dialErrorLimit: 0 });
    const state = { connection, delete: "true", stdout: "", stderr: "" };
    await expect(plugin.delete("id", REMOTE_COMMAND, state)).rejects.toThrow("ECONNREFUSED");
    await gone.stop();
  });

  it("says that the connection was lost when the machine goes while it works", async () => {
    const made = makePlugin();
    const fragile = await makeServer();
    await fragile.start();
    const connection = secret(fragile.connection);
    // The session's server process is the parent of the shell.
    const attempt = made.plugin.create(REMOTE_COMMAND, { create: "echo on; kill -9 $PPID; sleep 5", connection });
    await expect(attempt).rejects.toThrow("connection lost while running");
    await fragile.stop();
  });
});

describe("command:local:run", () => {
  it("runs and returns its arguments and what was printed", async () => {
    const { plugin } = makePlugin();
    const { outputs } = await plugin.invoke("command:local:run", { command: "cat", stdin: "in" });
    expect(outputs).toEqual({ command: "cat", stdin: "in", stdout: "in", stderr: "" });
  });

  it("uses the interpreter and the folder that are named", async () => {
    const { plugin } = makePlugin();
    const args = { command: "console.log(process.cwd())", interpreter: [process.execPath, "-e"], dir: server.folder };
    expect((await plugin.invoke("command:local:run", args)).outputs).toMatchObject({ stdout: server.folder });
    await expect(plugin.invoke("command:local:run", { command: "x", interpreter: ["/no/such"] })).rejects.toThrow(
      "cannot start /no/such",
    );
  });
});
