/** The engine's own locks: those of an engine that was killed, and what may look like one. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localEnvironment } from "./environment";
import { REPOSITORY } from "./places";
import { unlockDead } from "./unlock";

const base = mkdtempSync(join(tmpdir(), "builders-unlock-"));
const project = join(base, "project");
const folder = join(base, "state/.pulumi/locks/organization/scratch/dev");
const environment = { ...localEnvironment(), PULUMI_BACKEND_URL: `file://${join(base, "state")}` };
const pulumi = (...args: string[]): string =>
  execFileSync("pulumi", args, { cwd: project, env: environment, encoding: "utf8", stdio: "pipe" });

beforeAll(() => {
  mkdirSync(project);
  mkdirSync(join(base, "state"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), '{"private": true}\n');
  writeFileSync(join(project, "Pulumi.yaml"), "name: scratch\nruntime: {name: nodejs, options: {typescript: false}}\n");
  // Works until somebody says that it may end.
  const wait = `while (!require("fs").existsSync("${base}/go")) await new Promise((done) => setTimeout(done, 50));`;
  writeFileSync(join(project, "index.js"), `module.exports = async () => { ${wait} };\n`);
  pulumi("stack", "init", "dev", "--non-interactive");
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const lockFiles = (): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];

function unlock(more: Partial<Parameters<typeof unlockDead>[0]> = {}): string {
  const said: string[] = [];
  unlockDead({ stack: "dev", say: (line) => said.push(line), folder, environment, project, ...more });
  return said.join("\n");
}

test("the lock of a killed run is taken off, that of one that lives is not", async () => {
  const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"], {
    cwd: project,
    env: environment,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let tries = 0; lockFiles().length === 0 && tries < 600; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(unlock()).toContain(`stays locked by process ${String(child.pid)}, which runs`);
  child.kill("SIGKILL");
  await ended;
  writeFileSync(join(base, "go"), "");
  expect(lockFiles()).toHaveLength(1);
  // What misled it: a second file for each lock.
  expect(readdirSync(folder)).toHaveLength(2);

  expect(unlock({ host: "elsewhere.example" })).toContain(`@${hostname()}, another host`);
  expect(lockFiles()).toHaveLength(1);

  expect(unlock()).toBe(`stack dev is locked by process ${String(child.pid)}, which is dead: unlocking`);
  expect(lockFiles()).toEqual([]);
  expect(unlock()).toBe("");
  pulumi("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev");
});

test("a half-written lock is nobody's to take off: it is named, with what helps", () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "half.json"), '{"pid": 1');
  expect(unlock()).toMatch(
    /stays locked by .*half\.json, which names no process; if nothing runs there, "pulumi cancel/,
  );
  expect(lockFiles()).toEqual(["half.json"]);
});
