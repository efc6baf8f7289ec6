import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeSpec } from "../contract/testing/agent-spec";
import { agentScript } from "./agent-script";

const SPEC = makeSpec({ arch: "it's $HOME `id` \\n" });
const LONGEST = 16 * 1024;

let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-script-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["cat", "mkdir", "mv", "wc", "tail", "head", "sh", "tr"]) {
    const found = ["/usr/bin", "/bin"].map((at) => join(at, name)).find((path) => existsSync(path));
    symlinkSync(found ?? name, join(bin, name));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

function start() {
  const run = join(folder, "run");
  const args = { key: SPEC.key, lifetimeMinutes: 60, ownMachine: true, program: join(folder, "agent.js"), run };
  const input = agentScript(args, { spec: SPEC });
  return { run, ended: spawnSync("/bin/sh", ["-s"], { input, encoding: "utf8", env: { PATH: bin } }) };
}

test("the spec arrives as it is, and what the script runs can read nothing of it", () => {
  command("systemd-run", "cat >/dev/null");
  command("node", 'echo "$@"; cat');
  const { run, ended } = start();
  expect(ended).toMatchObject({ status: 0, stdout: `${join(folder, "agent.js")} build ${run}\n`, stderr: "" });
  expect(JSON.parse(readFileSync(join(run, "spec.json"), "utf8"))).toEqual(SPEC);
});

test("an installation that fails is read by its last lines, none of them longer than the plugin can read", () => {
  command("dnf", "exit 1");
  command("apt-get", 'cat; head -c 1048576 /dev/zero | tr "\\\\0" x; echo; echo "no such package"; exit 100');
  const { ended } = start();
  expect(ended.status).toBe(1);
  const lines = ended.stderr.split("\n");
  expect(lines[0]).toBe("node can't be installed:");
  expect(lines[1]).toMatch(/^\[cut: the first \d+ bytes of \d+ are left out\]$/);
  expect(ended.stderr).toContain("no such package");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(LONGEST);
});

test("logins and secrets of the build arrive beside the spec, as they are, for their owner alone, and in no command", () => {
  command("systemd-run", "cat >/dev/null");
  command("node", 'echo "$@"; cat');
  const run = join(folder, "run");
  const args = { key: SPEC.key, lifetimeMinutes: 60, ownMachine: true, program: join(folder, "agent.js"), run };
  const logins = { auths: { "quay.io/private/base": { auth: "cGxhbnRlZDpwYXNz" } } };
  const buildSecrets = { token: "it's $HOME\n" };
  const input = agentScript(args, { spec: SPEC, logins, buildSecrets });
  const ended = spawnSync("/bin/sh", ["-s"], { input, encoding: "utf8", env: { PATH: bin } });
  expect(ended).toMatchObject({ status: 0, stdout: `${join(folder, "agent.js")} build ${run}\n`, stderr: "" });
  expect(JSON.parse(readFileSync(join(run, "auth.json"), "utf8"))).toEqual(logins);
  expect(JSON.parse(readFileSync(join(run, "build-secrets.json"), "utf8"))).toEqual(buildSecrets);
  for (const file of ["auth.json", "build-secrets.json"]) expect(statSync(join(run, file)).mode & 0o777).toBe(0o600);
});
