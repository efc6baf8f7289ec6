/** The inner run's log: all of it in a file, its last lines for the error. */
import { appendFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newPrivateFile, privateFolder, stateFolder } from "../private-folder";

/** Lines that an error shows. */
const TAIL = 25;

export class InnerLog {
  private readonly tailLines: string[] = [];

  constructor(
    readonly path: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    // What programs print can be confidential although Pulumi masks what it knows to be secret.
    newPrivateFile(path);
  }

  add(text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    this.write(lines);
    for (const line of lines) {
      // A command's output comes twice: while it runs, and in its error.
      if (this.tailLines.at(-1) !== line) this.tailLines.push(line);
    }
    this.tailLines.splice(0, this.tailLines.length - TAIL);
  }

  /** Begins another phase: the last lines are those of this one. */
  phase(text: string): void {
    this.write([`== ${text}`]);
    this.tailLines.length = 0;
  }

  /** The last lines of the phase. */
  tail(): readonly string[] {
    return [...this.tailLines];
  }

  private write(lines: readonly string[]): void {
    const time = this.now().toISOString();
    appendFileSync(this.path, lines.map((line) => `${time} ${line}\n`).join(""));
  }

  includes(texts: readonly string[]): boolean {
    return this.tailLines.some((line) => texts.some((text) => line.includes(text)));
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** In the project's `.local/logs` where the project has a `.local` that is ours, else among this user's own files. */
export function logPath(
  projectRoot: string | undefined,
  stack: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return join(projectLogs(projectRoot) ?? privateFolder(join(stateFolder(environment), "logs")), `${stack}.log`);
}

function projectLogs(projectRoot: string | undefined): string | undefined {
  const local = projectRoot === undefined ? undefined : join(projectRoot, ".local");
  if (local === undefined || !existsSync(local)) return undefined;
  try {
    return privateFolder(join(local, "logs"));
  } catch {
    // A checkout that somebody else works in too: our logs are none of theirs.
    return undefined;
  }
}
