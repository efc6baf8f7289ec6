/** `pulumi` as a person runs it in a checkout: its words, its exit code, its state. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { eventually } from "./wait";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error as a terminal shows them, colours stripped. */
  readonly text: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What has been printed so far. */
  text(): string;
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

export interface StackSummary {
  readonly name: string;
}

export class Pulumi {
  constructor(
    readonly folder: string,
    readonly stack: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** The stack's identity. @throws Error where its state has none */
  identity(): string {
    const args = ["stack", "export", "--stack", this.stack];
    const text = execFileSync("pulumi", args, {
      cwd: this.folder,
      env: this.environment,
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const { deployment } = JSON.parse(text) as { deployment: { resources?: readonly StateResource[] } };
    const found = deployment.resources?.find(({ type }) => type === "builders:index:StackIdentity")?.id;
    if (found === undefined) throw new Error(`stack ${this.stack} has no identity yet`);
    return found;
  }

  /** Starts a command in a process group of its own: what kills it does not kill the test. */
  start(command: string, args: readonly string[]): Running {
    const child: ChildProcess = spawn(command, args, {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let text = "";
    const add = (chunk: Buffer) => {
      text += stripVTControlCharacters(chunk.toString("utf8"));
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      // "exit", not "close": a plugin that outlives a killed engine holds its output open.
      child.once("exit", (code, signal) => {
        setImmediate(() => {
          resolve({ code, signal, text });
        });
      });
    });
    if (child.pid === undefined) throw new Error(`${command} can't be started`);
    return { pid: child.pid, ended, text: () => text };
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start("pulumi", args).ended;
  }

  /** @throws with everything that was printed if the command fails */
  async must(...args: readonly string[]): Promise<string> {
    const { code, text } = await this.run(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed with code ${String(code)}:\n${text}`);
    return text;
  }

  startUp(): Running {
    return this.start("pulumi", ["up", "--yes", "--skip-preview", "--stack", this.stack]);
  }

  up(): Promise<Ended> {
    return this.startUp().ended;
  }

  async mustUp(): Promise<string> {
    return this.must("up", "--yes", "--skip-preview", "--stack", this.stack);
  }

  preview(): Promise<Ended> {
    return this.run("preview", "--stack", this.stack);
  }

  async output<T>(name: string): Promise<T> {
    return JSON.parse(await this.must("stack", "output", name, "--json", "--stack", this.stack)) as T;
  }

  /** Names of all stacks of the backend, also those of inner programs, without project. */
  async stacks(): Promise<string[]> {
    // The file backend writes in place: a reader may catch a state that is half written.
    const list = await eventually(
      "a list of stacks",
      async () => {
        const { code, text } = await this.run("stack", "ls", "--json");
        return code === 0 ? (JSON.parse(text) as StackSummary[]) : undefined;
      },
      { seconds: 10, everyMs: 200 },
    );
    return list.map(({ name }) => name.split("/").at(-1) ?? name).sort();
  }

  async resources(stack = this.stack, program = "."): Promise<StateResource[]> {
    const text = await this.must("stack", "export", "--stack", stack, "-C", program);
    const state = JSON.parse(text) as { deployment: { resources?: StateResource[] } };
    return state.deployment.resources ?? [];
  }
}
