/** A background service of this checkout: started once, found again by its pid file, stopped by it. */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { LOCAL } from "./places";
import { becomes, end, identify, isMissing, isRunning, type ProcessId } from "./processes";

export interface DaemonSpec {
  /** As in messages and in the names of its files: `.local/NAME.pid`, `.local/log/NAME.log`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Loopback port that must be free before the start. */
  readonly port?: number;
  /** True once it answers. */
  readonly ready: () => Promise<boolean>;
  /** @default 30 */
  readonly readySeconds?: number;
}

export class Daemon {
  readonly log: string;
  private readonly pidFile: string;

  constructor(readonly spec: DaemonSpec) {
    this.log = join(LOCAL, "log", `${spec.name}.log`);
    this.pidFile = join(LOCAL, `${spec.name}.pid`);
  }

  /** The running process, or undefined. */
  running(): ProcessId | undefined {
    let text: string;
    try {
      text = readFileSync(this.pidFile, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const known = JSON.parse(text) as ProcessId;
    return isRunning(known) ? known : undefined;
  }

  /** Starts it unless it runs, and waits until it answers. True if it was started now. */
  async start(): Promise<boolean> {
    const { name, port } = this.spec;
    const before = this.running();
    if (!before && port !== undefined && (await isTaken(port))) {
      throw new Error(
        `port 127.0.0.1:${port}, where the local ${name} listens, is taken by another program; ` +
          `stop that (\`ss -ltnp 'sport = :${port}'\` names it), or stop the services of another checkout there ` +
          "with `npm run local -- stop`",
      );
    }
    const running = before ?? this.launch();
    const seconds = this.spec.readySeconds ?? 30;
    const answered = await becomes(async () => {
      if (!isRunning(running)) throw new Error(`${name} ended while starting; the end of ${this.log}:\n${this.tail()}`);
      return this.spec.ready();
    }, seconds);
    if (!answered)
      throw new Error(`${name} runs but did not answer in ${seconds} s; the end of ${this.log}:\n${this.tail()}`);
    return before === undefined;
  }

  /** True if there was something to stop. */
  async stop(): Promise<boolean> {
    const running = this.running();
    if (running) await end(running, this.spec.name);
    rmSync(this.pidFile, { force: true });
    return running !== undefined;
  }

  private launch(): ProcessId {
    mkdirSync(join(LOCAL, "log"), { recursive: true });
    const log = openSync(this.log, "a", 0o600);
    // In a session of its own: Ctrl-C in the terminal is for pulumi, not for the services.
    const child = spawn(this.spec.command, [...this.spec.args], {
      cwd: LOCAL,
      detached: true,
      env: { ...process.env, ...this.spec.env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    let failure: Error | undefined;
    child.on("error", (error) => (failure = error)); // reported below: spawn of a missing command leaves no pid
    const started = child.pid === undefined ? undefined : identify(child.pid);
    if (!started) {
      throw new Error(
        `${this.spec.name} can't be started: is ${this.spec.command} installed? \`npm run local\` installs it`,
        { cause: failure },
      );
    }
    child.unref();
    writeFileSync(`${this.pidFile}.new`, JSON.stringify(started));
    renameSync(`${this.pidFile}.new`, this.pidFile);
    return started;
  }

  private tail(): string {
    return readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-15).join("\n");
  }
}

export function isTaken(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

/** True if an HTTP server answers there, whatever it says. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return false; // nobody there yet
    throw error;
  }
}
