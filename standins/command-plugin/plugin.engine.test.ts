/** What a user of @pulumi/command does, with the real engine, on a real ssh server. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import { makeServer, type TestServer } from "./testing/sshd";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { local, remote } from "@pulumi/command";
import { readFileSync } from "node:fs";
const config = new pulumi.Config();
const connection = JSON.parse(readFileSync("connection.json", "utf8"));
const to = process.cwd() + "/to";
const copy = new remote.CopyToRemote("copy", { connection, source: new pulumi.asset.FileAsset("file"), remotePath: to + "/file" });
const command = new remote.Command("command", {
  connection,
  create: "cat " + to + "/file -; echo $GREETING",
  update: "echo after $PULUMI_COMMAND_STDOUT",
  delete: "echo $PULUMI_COMMAND_STDOUT > " + to + "/deleted",
  stdin: pulumi.secret("the-secret-input\\n"),
  environment: { GREETING: config.get("greeting") ?? "hello" },
  triggers: [config.get("trigger") ?? "first", copy.source],
}, { additionalSecretOutputs: ["stdout"] });
export const out = command.stdout;
export const here = new local.Command("here", { create: "echo here" }).stdout;
`;

let server: TestServer;
let project: ScratchProject;
beforeAll(async () => {
  server = await makeServer();
  await server.start();
  project = makeProject("command-plugin", PROGRAM);
  writeFileSync(join(project.folder, "connection.json"), JSON.stringify(server.connection));
  writeFileSync(join(project.folder, "file"), "content\n");
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  project.remove();
  await server.stop();
});

async function up(...settings: string[]): Promise<string> {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", ...settings.flatMap((s) => ["-c", s]));
  expect(code, output).toBe(0);
  return output;
}
const out = async () => (await project.pulumi("stack", "output", "out", "--show-secrets")).output.trim();

// Each test goes on where the one before it ended, as a user does.
describe("a program that uses @pulumi/command", () => {
  it("comes up, with the output on the lines of the resources", async () => {
    const output = await up();
    expect(output).toContain("+ 4 created");
    expect(output).toMatch(/command:local:Command here .*\bhere\b/);
    expect(await out()).toBe("content\nthe-secret-input\nhello");
  });

  it("has no secret in clear in its state", async () => {
    const { output: state } = await project.pulumi("stack", "export");
    expect(state).toContain("command:remote:Command");
    const body = server.privateKey.split("\n")[2] ?? "";
    expect(body.length).toBeGreaterThan(40);
    for (const hidden of [body, "PRIVATE KEY", "the-secret-input"]) expect(state).not.toContain(hidden);
  });

  it("does nothing when nothing changed", async () => {
    expect(await up()).toContain("4 unchanged");
  });

  it("updates when an input changed, and the update sees the output before it", async () => {
    const output = await up("greeting=goodbye");
    expect(output).toContain("~ 1 updated");
    expect(await out()).toBe("after content the-secret-input hello");
  });

  it("replaces when a trigger changed, and when the file did", async () => {
    expect(await up("trigger=second")).toContain("+-1 replaced");
    expect(readFileSync(join(project.folder, "to/deleted"), "utf8")).toContain("after content the-secret-input hello");
    writeFileSync(join(project.folder, "file"), "changed\n");
    const output = await up();
    expect(output).toMatch(/~ 1 updated[\s\S]*\+-1 replaced/);
    expect(await out()).toBe("changed\nthe-secret-input\ngoodbye");
  });

  it("goes, and runs its delete command", async () => {
    const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(readFileSync(join(project.folder, "to/deleted"), "utf8")).toBe("changed the-secret-input goodbye\n");
    expect(existsSync(join(project.folder, "to/file"))).toBe(true);
  });
});
