/** Runs a command to its end; what it printed is the error's text if it fails. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
  readonly input?: string;
}

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Like `run`, for commands whose failure means something. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", (cause) => reject(new Error(`can't run ${command}: is it installed?`, { cause })));
    child.once("close", (status) => resolve({ status, stdout, stderr }));
    child.stdin.on("error", () => undefined); // it ended without reading; its status says why
    child.stdin.end(options.input ?? "");
  });
}

/** Standard output of a command that succeeded. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(command, args, options);
  if (status === 0) return stdout;
  const why =
    status === null ? `was stopped (time limit ${options.timeoutSeconds ?? "none"} s)` : `failed with status ${status}`;
  throw new Error(
    `${[command, ...args].join(" ")} ${why}:\n${(stderr || stdout).trimEnd().split("\n").slice(-20).join("\n")}`,
  );
}

/** Path of the first of these commands that is installed, if one is; system folders count even where PATH lacks them. */
export function installed(...names: readonly string[]): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/bin"];
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue; // not there
      }
    }
  }
  return undefined;
}

/** The same. @throws Error if none is */
export function findCommand(...names: readonly string[]): string {
  const path = installed(...names);
  if (path !== undefined) return path;
  throw new Error(`${names.join(" or ")} is not installed; \`npm run local\` installs what the local services need`);
}
