import { describe, expect, it } from "vitest";
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

  it("passes on what is logged, and has all of it for an error", () => {
    const lines: string[] = [];
    const output = new CommandOutput("stderr", (line) => lines.push(line));
    output.stdout.write(Buffer.from("a result\n"));
    output.stderr.write(Buffer.from("a reason\n"));
    output.end();
    expect(lines).toEqual(["a reason"]);
    expect(output.all()).toBe("a result\na reason");
  });

  it("minds a line of more than 64 KiB only where it is logged", () => {
    const output = new CommandOutput("stderr", () => undefined);
    output.stdout.write(Buffer.alloc(70_000, "x"));
    output.stderr.write(Buffer.alloc(60_000, "x"));
    output.stderr.write(Buffer.from("\n"));
    output.stderr.write(Buffer.alloc(60_000, "x"));
    expect(output.overlong).toBe(false);
    output.stderr.write(Buffer.alloc(10_000, "x"));
    expect(output.overlong).toBe(true);
  });
});
