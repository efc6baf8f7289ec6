import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { processTable } from "../process-tree";
import { endStrays, strayMark } from "./strays";

test("ends processes of the stack that are not ours, and no others", () => {
  const killed: number[] = [];
  const parents: Record<number, number> = { 10: 1, 11: 10, 20: 1, 30: 1 };
  const ended = endStrays("dev.a.1", {
    processes: () =>
      new Map(Object.entries(parents).map(([pid, parent]) => [Number(pid), { pid: Number(pid), parent, command: "" }])),
    environment: (pid) => (pid === 30 ? ["BUILDERS_INNER_STACK=dev.a.12"] : ["BUILDERS_INNER_STACK=dev.a.1"]),
    kill: (pid) => killed.push(pid),
    self: 10,
  });
  expect(killed).toEqual([20]);
  expect(ended).toBe(1);
});

test("finds a real process by its environment", async () => {
  const stack = `test.${String(process.pid)}`;
  const script = "require('child_process').spawn('sleep',['60'],{detached:true,stdio:'ignore'}).unref()";
  // Its parent ends at once: an orphan, as a plugin of a killed engine is.
  const parent = spawn(process.execPath, ["-e", script], { env: { ...process.env, ...strayMark(stack) } });
  await new Promise((resolve) => parent.once("exit", resolve));
  const before = new Set(processTable().keys());
  expect(endStrays(stack)).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(endStrays(stack)).toBe(0);
  expect(before.size).toBeGreaterThan(0);
});
