import { main } from "../life/cli";
import { systemClock } from "../machine/clock";
import { findCommand, runCommand } from "../machine/processes";
import { curlPut } from "../machine/put";
import { lineReader } from "../machine/stdin";

/** The agent as it is, but for a root folder of the test's and the right to be nobody in particular. */
async function run(): Promise<void> {
  const machine = {
    ...{ run: runCommand, put: curlPut(runCommand), find: findCommand },
    clock: systemClock,
    ...{ root: process.env["AGENT_TEST_ROOT"] ?? "/nowhere", uid: 0 },
    self: { node: process.execPath, script: __filename },
  };
  process.exitCode = await main(process.argv.slice(2), machine, {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    line: lineReader(process.stdin),
    onStop: (stop) => void process.on("SIGTERM", () => stop("SIGTERM")),
  });
  process.stdin.destroy();
}

void run();
