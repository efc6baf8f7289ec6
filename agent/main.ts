import { main } from "./life/cli";
import { systemClock } from "./machine/clock";
import { findCommand, runCommand } from "./machine/processes";
import { curlPut } from "./machine/put";
import { lineReader } from "./machine/stdin";

/** The agent on a real machine. */
async function run(): Promise<void> {
  // Whoever listened is gone (a dropped ssh): there is nobody to tell, and the work goes on elsewhere.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));
  process.exitCode = await main(
    process.argv.slice(2),
    {
      run: runCommand,
      put: curlPut(runCommand),
      find: findCommand,
      clock: systemClock,
      root: "/",
      uid: process.getuid?.() ?? -1,
      self: { node: process.execPath, script: __filename },
    },
    {
      out: (line) => process.stdout.write(`${line}\n`),
      err: (line) => process.stderr.write(`${line}\n`),
      line: lineReader(process.stdin),
      onStop: (stop) => {
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
      },
    },
  );
  // What is left unread of standard input keeps nobody waiting.
  process.stdin.destroy();
}

void run();
