/** Runs pulumi and shows how far it is, from the engine's event log instead of its own display. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { passSignals } from "../ci/pulumi";
import { withParallel } from "../parallel";
import { parseEvent } from "../ci/engine-event";
import { Screen, type Output } from "./screen";
import { Progress } from "./table";

export interface FollowOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What pulumi itself prints goes there. */
  readonly log: string;
  readonly output: Output;
  /** @default pulumi */
  readonly command?: string;
}

/** How often the log is looked at, and a terminal redrawn. */
const EVERY_MS = 500;

/** @param args of pulumi: `up`, `destroy`, with their options @returns its exit code */
export async function follow(args: readonly string[], options: FollowOptions): Promise<number> {
  const { cwd, env, log, output, command = "pulumi" } = options;
  // It holds the settings as they are.
  const folder = mkdtempSync(join(tmpdir(), "copr-builders-events-"));
  const events = join(folder, "events");
  closeSync(openSync(events, "w", 0o600));
  const said = openSync(log, "a", 0o600);
  const [progress, screen, lines] = [new Progress(), new Screen(output), new LogLines(events)];
  const look = (): void => {
    for (const [line, number] of lines.read())
      for (const message of progress.hear(parseEvent(line, number))) screen.say(message);
  };
  try {
    const child = spawn(command, [...args, "--non-interactive", "--event-log", events], {
      cwd,
      // Without the variable pulumi has no --event-log; its Automation API does the same.
      env: { ...withParallel(env), PULUMI_DEBUG_COMMANDS: "true" },
      stdio: ["ignore", said, said],
      // In a group of its own: else a terminal would send it each signal that we send it too.
      detached: true,
    });
    const stopPassing = passSignals(() => child.kill("SIGINT"));
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", (cause) => reject(new Error(`can't run ${command}: is it on PATH?`, { cause })));
      child.once("close", (code) => resolve(code ?? 1));
    });
    const timer = setInterval(() => {
      look();
      screen.show(progress.table());
    }, EVERY_MS);
    try {
      return await ended;
    } finally {
      clearInterval(timer);
      stopPassing();
      look();
      screen.end(progress.table());
    }
  } finally {
    lines.close();
    closeSync(said);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole lines of a file that grows, each once, with its number. */
class LogLines {
  private readonly file: number;
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";
  private number = 0;

  constructor(path: string) {
    this.file = openSync(path, "r");
  }

  read(): (readonly [string, number])[] {
    const buffer = Buffer.alloc(1 << 20);
    for (let size = readSync(this.file, buffer); size > 0; size = readSync(this.file, buffer))
      this.rest += this.decoder.write(buffer.subarray(0, size));
    const lines = this.rest.split("\n");
    this.rest = lines.pop() ?? "";
    return lines.map((line) => [line, ++this.number] as const).filter(([line]) => line.trim() !== "");
  }

  close(): void {
    closeSync(this.file);
  }
}
