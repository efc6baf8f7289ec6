/** Secrets in every place that takes one, in use and changed once: found nowhere but where they were put. */
import { randomBytes } from "node:crypto";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rightBytes } from "./support/check";
import type { LeakWatch } from "./support/leak-watch";
import { leaksOfRun, watchRun } from "./support/run-leaks";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

const random = (): string => randomBytes(32).toString("base64");

let world: World;
let stack: Stack;
/** By what they are. */
const planted: Record<string, string> = {};

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: ["hypervisor"] });
  // A registry's login, of those that the operator's machine has.
  const login = join(world.folder, "auth.json");
  planted["a registry's login"] = Buffer.from(`robot:${random()}`).toString("base64");
  writeFileSync(login, JSON.stringify({ auths: { "builder.example": { auth: planted["a registry's login"] } } }));
  stack.pulumi.environment["REGISTRY_AUTH_FILE"] = login;
  planted["the passphrase"] = random();
  stack.pulumi.environment["PULUMI_CONFIG_PASSPHRASE"] = planted["the passphrase"];
  planted["the store's key"] = world.store.keys.secretAccessKey;
  const key = readFileSync(String(world.worker.settings["privateKeyFile"]), "utf8").split("\n");
  planted["the worker's key"] = key[2] ?? "";
  writeFileSync(
    join(stack.folder, "images/light/Containerfile"),
    "FROM scratch\nCOPY note /note\nRUN --mount=type=secret,id=token /note\n",
  );
  await stack.init();
  await secret("the build's secret", "source.secrets.token", random());
  await secret("the signing key", "signing.key", random());
});
afterAll(() => world.stop());

async function secret(what: string, path: string, value: string): Promise<void> {
  planted[what] = value;
  await stack.pulumi.must(
    ...["config", "set", "--secret", "--path", `copr-builders:${path}`, value, "--stack", stack.name],
  );
}

const watch = (): LeakWatch => watchRun(world, stack, planted);
const leaksOf = (work: () => Promise<string>): Promise<readonly string[]> => leaksOfRun(world, stack, planted, work);

const npm = async (...args: readonly string[]): Promise<string> => {
  const { code, text } = await stack.pulumi.start("npm", ["run", "--silent", ...args]).ended;
  expect(code, text).toBe(0);
  return text;
};

it("the search finds what is planted in a file and in a command line", async () => {
  const watching = watch();
  const file = join(world.folder, "tmp", "planted");
  writeFileSync(file, `x ${planted["the passphrase"] ?? ""}`);
  const sleeper = spawn("sh", ["-c", "sleep 30; exit", planted["the signing key"] ?? ""]);
  await expect.poll(() => watching.leaks().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  watching.stop();
  sleeper.kill();
  expect(watching.leaks()).toContain(`${file} has the passphrase`);
  expect(watching.leaks()).toContain(`/proc/${sleeper.pid ?? 0}/cmdline has the signing key`);
  execFileSync("rm", [file]);
});

it("a build that is served one, signed, published and booted, leaves none anywhere", async () => {
  expect(await leaksOf(() => stack.up())).toEqual([]);
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(readFileSync(join(world.folder, "worker", "podman", "calls"), "utf8")).toMatch(
    /^build .*--secret[ =]id=token,/m,
  );
  // What the job had in memory went with it.
  expect(world.worker.left()).toEqual([]);
});

it("nor do outputs, exports, images and reports", async () => {
  const texts = async (): Promise<string> =>
    [
      await stack.pulumi.must("stack", "output", "--json", "--stack", stack.name),
      await stack.pulumi.must("stack", "export", "--stack", stack.name),
      await npm("images", "--", "--stack", stack.name),
      await npm("report", "--", "--stack", stack.name, "--out", join(stack.folder, "report")),
    ].join("\n");
  expect(await leaksOf(texts)).toEqual([]);
});

it("changed once, neither the old one nor the new one is anywhere", async () => {
  const { "the build's secret": before = "" } = planted;
  await secret("the build's secret", "source.secrets.token", random());
  planted["the build's secret of before"] = before;
  const both = async (): Promise<string> => `${(await stack.pulumi.preview()).text}\n${await stack.up()}`;
  expect(await leaksOf(both)).toEqual([]);
});

it("and destroying leaves none", async () => {
  expect(await leaksOf(() => stack.destroy())).toEqual([]);
});
