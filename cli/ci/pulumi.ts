/** Runs pulumi as a person would see it, to its end, whatever signals arrive meanwhile. */
import { spawn } from "node:child_process";
import { absolutePaths } from "../../provider/relative-paths";
import { withParallel } from "../parallel";

export interface PulumiRun {
  readonly exitCode: number;
  /** The last lines that it said on standard error, at most `STDERR_LENGTH` letters. */
  readonly stderr: string;
}

const STDERR_LENGTH = 16_000;
/** One Ctrl-C comes from the terminal, from npm and from tsx; a second one makes pulumi give up its cleaning up. */
const SAME_SIGNAL_MS = 2_000;

export interface PulumiOptions {
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/**
 * Standard output and error go on to ours. SIGINT and SIGTERM are passed on as one SIGINT: pulumi cancels what runs,
 * destroys what it made for the time being, and then ends.
 */
export function runPulumi(args: readonly string[], { cwd, env }: PulumiOptions): Promise<PulumiRun> {
  return new Promise((resolve, reject) => {
    // In a group of its own: else a terminal would send it each signal that we send it too.
    // Official plugins run beside the program, and read the variables of their cloud by themselves.
    const absolute = { ...withParallel(env), ...absolutePaths(env, cwd) };
    const child = spawn("pulumi", args, { cwd, env: absolute, stdio: ["ignore", "inherit", "pipe"], detached: true });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      stderr = lastLines(stderr + text);
    });
    const stopPassing = passSignals(() => child.kill("SIGINT"));
    child.once("error", (cause) => {
      stopPassing();
      reject(new Error("can't run pulumi: is it on PATH? https://www.pulumi.com/docs/install", { cause }));
    });
    child.once("close", (code) => {
      stopPassing();
      resolve({ exitCode: code ?? 1, stderr });
    });
  });
}

/** Whole lines: half a secret could not be recognised. */
function lastLines(text: string): string {
  return text.length <= STDERR_LENGTH ? text : text.slice(text.indexOf("\n", text.length - STDERR_LENGTH) + 1);
}

/** Hands SIGINT and SIGTERM on as one; @returns what ends that. */
export function passSignals(pass: () => void): () => void {
  let last = -Infinity;
  const handle = () => {
    if (Date.now() - last < SAME_SIGNAL_MS) return;
    last = Date.now();
    pass();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, handle);
  return () => signals.forEach((signal) => process.off(signal, handle));
}
