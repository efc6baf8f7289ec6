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
