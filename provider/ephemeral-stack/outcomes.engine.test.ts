import { afterEach, beforeEach, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { Rig, until } from "./engine-rig";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

test("two programs run at once, their outputs stay, secrets are secret, nothing is left", async () => {
  rig.order("go");
  const spec = { list: [1, "2", null], deep: { yes: true } };
  const config = { folder: rig.orders, spec };
  rig.settings({ a: rig.args({ config, secrets: { token: { t: "very-secret" } } }), b: rig.args({ config }) });
  const { code, text } = await rig.up();
  expect(text).not.toContain("very-secret");
  expect(code).toBe(0);
  expect(rig.outputs()).toEqual({
    outputs: { a: { spec, token: { t: "very-secret" }, id: "thing-1" }, b: { spec, id: "thing-1" } },
  });
  expect(rig.pulumi(["stack", "export", "--stack", "dev"])).not.toContain("very-secret");
  expect(rig.events().filter((event) => event === "deleted")).toHaveLength(2);
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);

  // Nothing runs again for another config, only for another key.
  rig.settings({ a: rig.args({ config: { folder: "/elsewhere" } }), b: rig.args({ config, key: "other" }) });
  expect((await rig.up()).code).toBe(0);
  expect(rig.events().filter((event) => event === "create")).toHaveLength(3);
});

test("a failing program: its last lines, every attempt, and nothing left", async () => {
  rig.order("go");
  rig.order("fail", "line one of the reason\nline two of the reason");
  rig.settings({ a: rig.args({ attempts: 2 }) });
  const { code, text } = await rig.up();
  expect(code).not.toBe(0);
  expect(text).toContain("| line two of the reason");
  expect(text).toContain("attempt 2 of 2");
  expect(text).toContain("what it made is destroyed");
  const log = /whole log: (\S+)/.exec(text)?.[1] ?? "";
  expect(readFileSync(log, "utf8")).toContain("inner program here");
  expect(rig.events().filter((event) => event === "create")).toHaveLength(2);
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
});

test("a final error is not tried again", async () => {
  rig.order("go");
  rig.order("fail", "disk: image builder failed");
  rig.settings({ a: rig.args({ attempts: 3, finalErrors: ["image builder failed"] }) });
  expect((await rig.up()).code).not.toBe(0);
  expect(rig.events().filter((event) => event === "create")).toHaveLength(1);
});

test("where one way fails the next is taken, from nothing; what the work itself says is not asked again in another", async () => {
  rig.order("go");
  rig.order("fail", "no machine to be had");
  const ways = { attempts: 1, alternatives: 2, attemptNames: ["here", "there"] };
  rig.settings({ a: rig.args(ways) });
  const { code, text } = await rig.up();
  expect(code).not.toBe(0);
  expect(text).toContain("destroying everything, to begin attempt 2 of 2 (there)");
  expect(text).toContain("attempt 1 of 2 (here) failed");
  expect(rig.events().filter((event) => event === "create")).toHaveLength(2);
  expect(rig.innerStacks()).toEqual([]);

  rig.settings({ a: rig.args({ ...ways, workTypes: ["pulumi-nodejs:dynamic:Resource"] }) });
  expect((await rig.up()).text).not.toContain("(there)");
  expect(rig.events().filter((event) => event === "create")).toHaveLength(3);
});

test("keepOnFailure keeps the stack and prints how to enter it and what ends it", async () => {
  rig.order("go");
  rig.order("fail", "no luck");
  rig.settings({ a: rig.args({ keepOnFailure: true }) });
  const { text } = await rig.up();
  expect(text).toContain("to enter: ssh -p 2222 me@there");
  expect(rig.innerStacks()).toEqual(["dev.a.01234567"]);
  const command = /to end it: (pulumi .*)/.exec(text)?.[1] ?? "no command";
  rig.shell(command);
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
});

test("what was kept is taken up by the next run", async () => {
  rig.order("go");
  rig.order("fail", "no luck");
  rig.settings({ a: rig.args({ keepOnFailure: true }) });
  await rig.up();
  rig.withdraw("fail");
  const { code, text } = await rig.up();
  expect(text).toContain("resuming left-over stack dev.a.01234567");
  expect(code).toBe(0);
  expect(rig.innerStacks()).toEqual([]);
});

test("a failed destroy names what is left, and the next run ends it", async () => {
  rig.order("go");
  rig.order("no-delete");
  rig.settings({ a: rig.args() });
  const { code, text } = await rig.up();
  expect(code).not.toBe(0);
  expect(text).toContain("stack dev.a.01234567 could not be destroyed");
  expect(text).toMatch(/left: pulumi-nodejs:dynamic:Resource thing \(id thing-1\)/);
  expect(text).toContain("the thing holds on");
  rig.withdraw("no-delete");
  expect((await rig.up()).code).toBe(0);
  expect(rig.events()).toEqual(["create", "created", "deleted"]);
  expect(rig.innerStacks()).toEqual([]);
});

test("timeoutMinutes ends a program that hangs", async () => {
  // Enough for the program to begin on a machine that is busy with other tests.
  rig.settings({ a: rig.args({ timeoutMinutes: 0.5 }) });
  const running = rig.start();
  await until("the create", () => rig.events().includes("create"));
  // The resource ignores the cancel: the inner engine waits for it, as long as it may.
  setTimeout(() => rig.order("go"), 40_000);
  const { code, text } = await running.done;
  expect(code).not.toBe(0);
  expect(text).toContain("not done after 0.5 minutes (timeoutMinutes)");
  expect(rig.innerStacks()).toEqual([]);
});
