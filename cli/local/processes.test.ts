import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { becomes, end, identify, isRunning } from "./processes";

describe("end", () => {
  it("forces a process that ignores the first signal", async () => {
    const child = spawn("sh", ["-c", "trap '' TERM; echo trapped; while :; do sleep 1; done"]);
    await once(child.stdout, "data");
    const target = identify(child.pid ?? 0);
    if (!target) throw new Error("the child is not there");
    expect(isRunning(target)).toBe(true);
    await end(target, "stubborn", 0.3);
    expect(isRunning(target)).toBe(false);
  });
});

describe("identify", () => {
  it("finds no process where there is none", () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });

  it("reads past a name with spaces and brackets", async () => {
    const child = spawn("sh", ["-c", "printf 'a) b (c' > /proc/self/comm; echo named; read line"]);
    await once(child.stdout, "data");
    expect(identify(child.pid ?? 0)?.startTime).toMatch(/^\d+$/);
    child.stdin.end();
    await once(child, "close");
  });
});

describe("becomes", () => {
  it("gives up after its time, and at once when it is ready", async () => {
    expect(await becomes(() => false, 0.2)).toBe(false);
    let asked = 0;
    expect(await becomes(() => ++asked === 2, 5)).toBe(true);
    expect(asked).toBe(2);
  });
});
