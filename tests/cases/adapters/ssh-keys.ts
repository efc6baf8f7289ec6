/** Private keys as the file of a worker of platform ssh: each logs in to a real sshd, or is a finding beforehand. */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { findingText } from "../../../components/preflight";
import { parts } from "../../../infra";
import type { SshWorker } from "../../../infra/ssh/settings";
import { makePlugin, REMOTE_COMMAND, secret } from "../../../standins/command-plugin/testing/plugin";
import { makeServer, type TestServer } from "../../../standins/command-plugin/testing/sshd";
import { setPath, words, type Run } from "../case";
import { messageProblems, messageSchema } from "../messages";
import { buildSettings } from "./sources";

const keysSchema = z.array(
  z.strictObject({
    key: z.string(),
    ...words,
    make: z.string(),
    right: z.enum(["taken", "refused", "either"]),
    ...messageSchema.shape,
  }),
);
type Key = z.output<typeof keysSchema>[number];

const WORKER = "architectures.x86_64.worker";

export async function sshKeys(run: Run): Promise<string[]> {
  run.expected(z.strictObject({}));
  const server = await makeServer();
  await server.start();
  try {
    const problems: string[] = [];
    for (const [index, key] of run.json("keys.json", keysSchema).entries()) {
      const found = await keyProblems(run, server, key, path.join(run.folder, `key-${index}`));
      problems.push(...found.map((problem) => `${key.key}: ${problem}`));
    }
    return problems;
  } finally {
    await server.stop();
  }
}

async function keyProblems(run: Run, server: TestServer, key: Key, folder: string): Promise<string[]> {
  const { key: _, make, right, ...message } = key;
  mkdirSync(folder);
  const file = path.join(folder, "KEY");
  execFileSync("sh", ["-ec", make], { cwd: folder, stdio: "pipe" });
  if (!existsSync(file)) throw new Error(`the command of ${key.key} wrote no KEY`);
  chmodSync(file, 0o600);
  if (right !== "refused") appendFileSync(path.join(server.folder, "authorized_keys"), publicHalf(file));

  const { port, user, hostKey } = server;
  const settings = run.settings();
  setPath(settings, WORKER, { platform: "ssh", host: "127.0.0.1", port, user, hostKey, privateKeyFile: file });
  const spec = buildSettings(settings).architectures.x86_64?.worker;
  if (spec?.platform !== "ssh") throw new Error("the case has no worker of platform ssh");
  const findings = await findingsOf(spec);
  if (right === "refused" || (right === "either" && findings.length > 0)) {
    return messageProblems(findings.join("\n") || "no finding", { at: `${WORKER}.privateKeyFile`, ...message });
  }
  const refused = findings.map((finding) => `wanted it taken, came: ${finding}`);
  return refused.length > 0 ? refused : firstCommand(spec);
}

/** As ssh-keygen tells it, or as it wrote it: it can't read all that it is asked to here (lines that end in CR LF). */
function publicHalf(file: string): string {
  try {
    return execFileSync("ssh-keygen", ["-y", "-P", "", "-f", file], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    if (!existsSync(`${file}.pub`)) throw error;
    return readFileSync(`${file}.pub`, "utf8");
  }
}

/** `path: problem; remedy` of what is found beforehand. */
async function findingsOf(spec: SshWorker): Promise<string[]> {
  const use = { workers: [{ path: WORKER, arch: "x86_64" as const, spec }], places: [] };
  const findings = await (await parts("ssh")).preflight(use);
  return findings.map(findingText);
}

/** What the worker's stack runs first, over the connection that it has. */
async function firstCommand(spec: SshWorker): Promise<string[]> {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
    call: () => ({}),
  });
  const { connection } = (await parts("ssh")).worker("worker", "x86_64", spec, {}, { number: 1, of: 1 });
  const known = await new Promise<Record<string, unknown>>((resolve) => pulumi.output(connection).apply(resolve));
  const dials = { dialErrorLimit: 0, perDialTimeout: 15 };
  const command = { create: "echo reached", connection: secret({ ...known, ...dials }) };
  try {
    const { outs } = await makePlugin().plugin.create(REMOTE_COMMAND, command);
    return (outs as { readonly stdout?: unknown }).stdout === "reached"
      ? []
      : [`wanted the first command to run, came ${JSON.stringify(outs)}`];
  } catch (error) {
    return [`wanted the first command to run, came: ${String(error)}`];
  }
}
