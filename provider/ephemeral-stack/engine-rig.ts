/**
 * For the tests against the real engine: an outer project with EphemeralStacks, an inner program whose one resource does
 * what files in a folder tell it, both outside of the repository, and state of their own.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { processTable, treeOf, type ProcessInfo } from "../process-tree";

const REPOSITORY = join(__dirname, "..", "..");

/** The environment that `.local/env.sh` makes, which set-up leaves; else that of the tests. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const file = join(REPOSITORY, ".local", "env.sh");
  if (!existsSync(file)) return process.env;
  const text = execFileSync("bash", ["-c", 'set -a; . "$1"; env -0', "bash", file], { encoding: "utf8" });
  return Object.fromEntries(
    text
      .split("\0")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

const OUTER = `
import * as pulumi from "@pulumi/pulumi";
import { EphemeralStack } from "${join(REPOSITORY, "provider")}";
const { stacks } = new pulumi.Config().requireObject<{ stacks: Record<string, any> }>("settings");
export const outputs = Object.fromEntries(
  Object.entries(stacks).map(([name, args]) => [name, new EphemeralStack(name, args).outputs]),
);
`;

/**
 * The resource waits in its create for the file \`go\`, fails there if \`fail\` is there, says what \`say\` holds, fails
 * to be deleted while \`no-delete\` is there, and notes in \`events\` what happens to it.
 */
const INNER = `
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
const folder = config.require("folder");
const provider = {
  create: async ({ folder }) => {
    const fs = require("fs");
    fs.appendFileSync(folder + "/events", "create\\n");
    while (!fs.existsSync(folder + "/go")) await new Promise((resolve) => setTimeout(resolve, 50));
    if (fs.existsSync(folder + "/fail")) {
      // As a machine's work, not before the engine has heard what its place puts out.
      await new Promise((resolve) => setTimeout(resolve, 2000));
      throw new Error(fs.readFileSync(folder + "/fail", "utf8"));
    }
    fs.appendFileSync(folder + "/events", "created\\n");
    return { id: "thing-1", outs: { folder } };
  },
  delete: async (id, { folder }) => {
    const fs = require("fs");
    if (fs.existsSync(folder + "/no-delete")) throw new Error("the thing holds on");
    fs.appendFileSync(folder + "/events", "deleted\\n");
  },
};
class Place extends pulumi.ComponentResource {
  constructor(name) {
    super("test:index:Place", name);
    this.registerOutputs({ enter: "ssh -p 2222 me@there" });
  }
}
class Thing extends pulumi.dynamic.Resource {
  constructor(name, props, opts) { super(provider, name, props, opts); }
}
new Place("place");
pulumi.log.info("inner program here");
const thing = new Thing("thing", { folder });
exports.spec = config.getObject("spec");
exports.token = config.getSecretObject("token");
exports.id = thing.id;
`;

export interface UpResult {
  readonly code: number | null;
  readonly text: string;
}

export interface RigOptions {
  /** Over the environment of the rig; undefined takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Files in the outer project, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** The outer program. @default "index.ts" */
  readonly main?: string;
}

export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), "builders-engine-"));
  /** Where the inner resource reads its orders. */
  readonly orders = join(this.folder, "orders");
  readonly program = join(this.folder, "inner");
  private readonly outer = join(this.folder, "outer");
  private readonly state = join(this.folder, "state");
  private readonly env: NodeJS.ProcessEnv;

  constructor({ env = {}, files = {}, main = "index.ts" }: RigOptions = {}) {
    this.env = {
      ...engineEnvironment(),
      PULUMI_BACKEND_URL: `file://${this.state}`,
      // What finds this rig's processes again, also those whose parent is dead.
      BUILDERS_RIG: this.folder,
      ...env,
    };
    for (const folder of [this.orders, this.program, this.outer, this.state]) mkdirSync(folder);
    for (const folder of [this.program, this.outer]) {
      symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
      writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    }
    for (const [name, text] of Object.entries({ ...files, [main]: OUTER })) {
      mkdirSync(dirname(join(this.outer, name)), { recursive: true });
      writeFileSync(join(this.outer, name), text);
    }
    writeFileSync(join(this.program, "index.js"), INNER);
    writeFileSync(
      join(this.program, "Pulumi.yaml"),
      "name: inner\nruntime: {name: nodejs, options: {typescript: false}}\n",
    );
    writeFileSync(
      join(this.outer, "Pulumi.yaml"),
      [
        "name: outer",
        'runtime: {name: nodejs, options: {typescript: false, nodeargs: "--require load-typescript"}}',
        `main: ${main}`,
        "plugins:",
        "  providers:",
        `    - {name: builders, path: ${join(REPOSITORY, "plugin")}}`,
        "",
      ].join("\n"),
    );
    this.pulumi(["stack", "init", "dev", "--non-interactive"]);
  }

  /** Arguments of an EphemeralStack on the inner program. */
  args(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    return { program: this.program, key: "0123456789abcdef", config: { folder: this.orders }, attempts: 1, ...more };
  }

  settings(stacks: Readonly<Record<string, unknown>>): void {
    this.pulumi(["config", "set", "settings", JSON.stringify({ stacks }), "--stack", "dev"]);
  }

  order(name: "go" | "fail" | "no-delete", text = ""): void {
    writeFileSync(join(this.orders, name), text);
  }

  withdraw(name: "go" | "fail" | "no-delete"): void {
    rmSync(join(this.orders, name), { force: true });
  }

  events(): readonly string[] {
    const file = join(this.orders, "events");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Starts `pulumi up`; the result comes when it has ended. */
  start(): { readonly child: ChildProcess; readonly done: Promise<UpResult> } {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", "dev"];
    const child = spawn("pulumi", args, {
      cwd: this.outer,
      env: this.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const parts: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => parts.push(part.toString()));
    // `exit`: processes that outlive a killed engine hold its output open.
    const done = new Promise<UpResult>((resolve) =>
      child.on("exit", (code) => setTimeout(() => resolve({ code, text: parts.join("") }), 200)),
    );
    return { child, done };
  }

  up(): Promise<UpResult> {
    return this.start().done;
  }

  outputs(): unknown {
    return JSON.parse(this.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "dev"]));
  }

  /** Names of the stacks of the inner program. */
  innerStacks(): readonly string[] {
    const folder = join(this.state, ".pulumi", "stacks", "inner");
    return existsSync(folder) ? readdirSync(folder).flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? []) : [];
  }

  /** As a run leaves it that is killed in the middle of removing the stack. */
  loseInnerState(): void {
    rmSync(join(this.state, ".pulumi", "stacks", "inner"), { recursive: true });
  }

  settingsFiles(): readonly string[] {
    return readdirSync(this.program).filter((file) => file.startsWith("Pulumi.") && file !== "Pulumi.yaml");
  }

  /** The outer stack's own lock, which a killed engine leaves. */
  cancelOuter(): void {
    this.pulumi(["cancel", "--yes", "--stack", "dev"]);
  }

  /** This rig's processes, the engine that a test runs included. */
  processes(): readonly ProcessInfo[] {
    return [...processTable().values()].filter(({ pid }) => {
      try {
        return readFileSync(`/proc/${String(pid)}/environ`, "utf8").includes(`BUILDERS_RIG=${this.folder}`);
      } catch {
        return false;
      }
    });
  }

  process(part: string): ProcessInfo {
    const found = this.processes().find(({ command }) => command.includes(part));
    if (!found)
      throw new Error(
        `no process with "${part}" among ${this.processes()
          .map((one) => one.command)
          .join("\n")}`,
      );
    return found;
  }

  pulumi(args: readonly string[], cwd = this.outer): string {
    return execFileSync("pulumi", args, { cwd, env: this.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** As a person would paste it, in a shell anywhere. */
  shell(command: string): string {
    return execFileSync("sh", ["-c", command], { cwd: tmpdir(), env: this.env, encoding: "utf8" });
  }

  close(): void {
    for (const { pid } of this.processes()) for (const one of treeOf(pid)) kill(one);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** @throws Error that says what did not come */
export async function until(what: string, there: () => boolean, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!there()) {
    if (Date.now() > end) throw new Error(`waited ${String(seconds)} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
