import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { orderedLog } from "./engine-log";

describe("orderedLog", () => {
  it("sends one line at a time, in order, and joins them only when the engine is behind", async () => {
    const sent: string[] = [];
    const slow = async (_urn: string, text: string) => {
      await wait(1);
      sent.push(text);
    };
    const log = orderedLog("urn", slow, () => undefined);
    for (let number = 0; number < 500; number++) log.line(`line ${number}`);
    await log.drained();
    expect(sent.join("\n")).toBe(Array.from({ length: 500 }, (_, number) => `line ${number}`).join("\n"));
    expect(sent.length).toBeLessThan(10);
    log.line("x");
    log.line("y");
    await log.drained();
    expect(sent.slice(-2)).toEqual(["x", "y"]);
  });

  it("says once that the engine is gone, and goes on", async () => {
    const problems: string[] = [];
    const log = orderedLog(
      "urn",
      () => Promise.reject(new Error("gone")),
      (problem) => problems.push(problem),
    );
    log.line("a");
    log.line("b");
    await log.drained();
    log.line("c");
    await log.drained();
    expect(problems).toEqual(["the engine takes no more log lines: gone"]);
  });
});
