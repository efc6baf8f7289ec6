import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig, kill, until } from "./engine-rig";

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  rig.settings({ a: rig.args() });
});
afterEach(() => rig.close());

test("Ctrl-C stops the program and destroys what it made", async () => {
  const { child, done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  child.kill("SIGINT");
  setTimeout(() => rig.order("go"), 2000);
  const { code, text } = await done;
  expect(code).not.toBe(0);
  expect(text).toContain("cancelled");
  expect(rig.events()).toEqual(["create", "created", "deleted"]);
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
  await until("the end of every process", () => rig.processes().length === 0);
});

test("Ctrl-C while a program hears nothing of it: it is ended after a minute, and what it made is destroyed", async () => {
  const { child, done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  const pressed = Date.now();
  child.kill("SIGINT");
  const { code, text } = await done;
  // A minute for the program, seconds to kill it, then the destroy of nothing.
  expect((Date.now() - pressed) / 1000).toBeLessThan(100);
  expect(code).not.toBe(0);
  expect(text).toContain("cancelled");
  expect(text).toContain("it ends within 23 minutes");
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
  await until("the end of every process", () => rig.processes().length === 0);
});

test("the engine is killed: nothing of it goes on, and the next run takes the stack up", async () => {
  const { child, done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  child.kill("SIGKILL");
  await done;
  await until("the end of every process", () => rig.processes().length === 0);
  expect(rig.innerStacks()).toEqual(["dev.a.01234567"]);
  await resume();
});

test("everything is killed at once: the lock of the dead is no lock", async () => {
  const { done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  for (const { pid } of rig.processes()) kill(pid);
  await done;
  await until("the end of every process", () => rig.processes().length === 0);
  expect(rig.innerStacks()).toEqual(["dev.a.01234567"]);
  await resume();
});

test("killed between the end of the stack and of its lock: the lock of a stack that is gone is no lock", async () => {
  const { done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  for (const { pid } of rig.processes()) kill(pid);
  await done;
  await until("the end of every process", () => rig.processes().length === 0);
  rig.loseInnerState();
  rig.order("go");
  rig.cancelOuter();
  const { code, text } = await rig.up();
  expect(text).not.toContain("error");
  expect(code).toBe(0);
  expect(rig.outputs()).toEqual({ outputs: { a: { id: "thing-1" } } });
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
});

test("engine and provider are killed, the inner engine is not: the next run ends what is left of it", async () => {
  const { child, done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  kill(rig.process("plugin/main.ts").pid);
  child.kill("SIGKILL");
  await done;
  expect(rig.processes()).not.toEqual([]);
  await resume();
});

async function resume(): Promise<void> {
  rig.order("go");
  rig.cancelOuter();
  const { code, text } = await rig.up();
  expect(text).toContain("resuming left-over stack dev.a.01234567");
  expect(code).toBe(0);
  expect(rig.outputs()).toEqual({ outputs: { a: { id: "thing-1" } } });
  expect(rig.events().filter((event) => event === "deleted")).toHaveLength(1);
  expect(rig.innerStacks()).toEqual([]);
  expect(rig.settingsFiles()).toEqual([]);
  await until("the end of every process", () => rig.processes().length === 0);
}
