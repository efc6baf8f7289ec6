/** Signals and exit codes, with a pulumi that writes down what it gets. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROJECT } from "./places";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "run-pulumi-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts a program that runs pulumi, as a group of its own like a terminal's; `pulumi` is a shell script. */
function start(pulumi: string, more: NodeJS.ProcessEnv = {}) {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${pulumi}\n`, { mode: 0o755 });
  const program = `
    import { runPulumi } from ${JSON.stringify(join(__dirname, "pulumi.ts"))};
    runPulumi(["up"], { cwd: ${JSON.stringify(folder)}, env: process.env }).then(
      (run) => console.log(JSON.stringify(run)),
      (error: Error) => console.log(JSON.stringify({ error: error.message })),
    );`;
  writeFileSync(join(folder, "program.ts"), program);
  const tsx = join(PROJECT, "node_modules/tsx/dist/loader.mjs");
  const child = spawn(process.execPath, ["--import", tsx, join(folder, "program.ts")], {
    env: { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter), ...more },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
  const end = new Promise<unknown>((resolve) =>
    child.once("close", () => resolve(JSON.parse(output.trim().split("\n").at(-1) ?? ""))),
  );
  return { group: -child.pid!, end };
}

async function appears(file: string): Promise<void> {
  for (let tries = 0; !existsSync(join(folder, file)); tries++) {
    if (tries === 150) throw new Error(`${file} did not appear within 15 s`);
    await sleep(100);
  }
}

describe("running pulumi", () => {
  it("makes relative paths of the environment absolute: plugins run elsewhere", async () => {
    await start('echo "$AWS_SHARED_CREDENTIALS_FILE" > told', { AWS_SHARED_CREDENTIALS_FILE: "keys/aws" }).end;
    expect(readFileSync(join(folder, "told"), "utf8")).toBe(`${join(folder, "keys/aws")}\n`);
  });

  it("has pulumi do more at once than its processors have it do, but for what somebody has set", async () => {
    await start('echo "$PULUMI_PARALLEL" > told', { PULUMI_PARALLEL: undefined }).end;
    expect(Number(readFileSync(join(folder, "told"), "utf8"))).toBeGreaterThan(0);
    await start('echo "$PULUMI_PARALLEL" > told', { PULUMI_PARALLEL: "3" }).end;
    expect(readFileSync(join(folder, "told"), "utf8")).toBe("3\n");
  });

  it("passes on one interrupt for the many that one Ctrl-C becomes, and waits for its end", async () => {
    const { group, end } = start(`
      trap 'echo interrupt >> signals' INT
      touch started
      while [ ! -e stop ]; do sleep 0.1; done
      exit 7`);
    await appears("started");
    for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) process.kill(group, signal);
    await appears("signals");
    // Time for a second one to arrive.
    await sleep(500);
    writeFileSync(join(folder, "stop"), "");
    expect(await end).toEqual({ exitCode: 7, stderr: "" });
    expect(readFileSync(join(folder, "signals"), "utf8")).toBe("interrupt\n");
  });

  it("keeps the last lines of standard error, whole ones", async () => {
    const { end } = start(`i=0; while [ $i -lt 2000 ]; do echo "line $i of it" >&2; i=$((i + 1)); done; exit 3`);
    const { exitCode, stderr } = (await end) as { exitCode: number; stderr: string };
    expect(exitCode).toBe(3);
    expect(stderr.length).toBeLessThanOrEqual(16_000);
    expect(stderr.length).toBeGreaterThan(15_000);
    expect(stderr).toMatch(/^line \d+ of it\n/);
    expect(stderr.endsWith("line 1999 of it\n")).toBe(true);
  });
});
