/** For tests: a Pulumi CLI that keeps a list of stacks and nothing else. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, RunOptions, RunResult } from "../process";

export class FakeCli {
  /** An inner program. */
  readonly program = mkdtempSync(join(tmpdir(), "builders-cli-"));
  /** What was done, `COMMAND STACK`; looking at the list is not noted. */
  readonly done: string[] = [];
  /** What befalls a command, before it does anything. */
  on: (command: string, stack: string, options: RunOptions) => Promise<Partial<RunResult> | undefined> | undefined =
    () => undefined;

  constructor(readonly stacks: Set<string> = new Set()) {
    writeFileSync(join(this.program, "Pulumi.yaml"), "name: inner\nruntime: nodejs\n");
  }

  readonly run: Run = async (_command, args, options = {}) => {
    const command = args[0] === "stack" ? (args[1] ?? "") : (args[0] ?? "");
    const stack = command === "init" ? (args[2] ?? "") : (args[args.indexOf("--stack") + 1] ?? "");
    if (command !== "ls") this.done.push(`${command} ${stack}`);
    const befalls = await this.on(command, stack, options);
    return { code: 0, stdout: "", stderr: "", killed: false, ...(befalls ?? this.answer(command, stack)) };
  };

  private answer(command: string, stack: string): Partial<RunResult> {
    switch (command) {
      case "ls":
        return { stdout: JSON.stringify([...this.stacks].map((name) => ({ name }))) };
      case "init":
        this.stacks.add(stack);
        return {};
      case "export":
        return { stdout: '{"version": 3, "deployment": {"resources": []}}' };
      case "destroy":
        return this.stacks.delete(stack) ? {} : { code: 6, stderr: `error: no stack named '${stack}' found` };
      default:
        return {};
    }
  }
}
