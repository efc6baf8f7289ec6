import { describe, expect, it } from "vitest";
import { setTimeout as wait } from "node:timers/promises";
import { orderedLog } from "../plugin-kit/engine-log";
import { CommandOutput } from "./output";

describe("CommandOutput", () => {
  it("cuts lines over chunks and characters over bytes", () => {
    const lines: string[] = [];
    const output = new CommandOutput("stdoutAndStderr", (line) => lines.push(line));
    const bytes = Buffer.from("ärger\n\nzwei", "utf8");
    for (const byte of bytes) output.stdout.write(Buffer.from([byte]));
    output.end();
    expect(lines).toEqual(["ärger", "", "zwei"]);
    expect(output.stdout.text()).toBe("ärger\n\nzwei");
  });

  it("trims one newline, as the official provider does", () => {
    const output = new CommandOutput("none", () => undefined);
    output.stdout.write(Buffer.from("a\n\n"));
    expect(output.stdout.text()).toBe("a\n");
    expect(output.stderr.text()).toBe("");
  });

  it("keeps what is not logged out of errors", () => {
    const lines: string[] = [];
    const output = new CommandOutput("stderr", (line) => lines.push(line));
    output.stdout.write(Buffer.from("a secret\n"));
    output.stderr.write(Buffer.from("a reason\n"));
    output.end();
    expect(lines).toEqual(["a reason"]);
    expect(output.tail()).toBe("a reason");
    const silent = new CommandOutput("none", () => undefined);
    silent.stderr.write(Buffer.from("a secret\n"));
    expect(silent.tail()).toBe("output not shown (logging: none)");
  });
});

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
