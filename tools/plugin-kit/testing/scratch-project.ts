/** A Pulumi project and a state of its own in a temporary folder, for tests with the real engine. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";

const REPOSITORY = join(__dirname, "..", "..", "..");
const TOOLS = join(REPOSITORY, "tools");

/** The plugins that stand in, as set-up installs them. */
const PLUGINS = { command: "1.2.1", aws: awsVersion } as const;

/** Puts a stand-in of this checkout where pulumi looks for plugins. */
export function install(name: keyof typeof PLUGINS, home: string): void {
  const folder = join(home, `plugins/resource-${name}-v${PLUGINS[name]}`);
  const typescript = join(TOOLS, "typescript/register.cjs");
  const program = join(TOOLS, `${name}-plugin/main.ts`);
  mkdirSync(folder, { recursive: true });
  const launcher = `#!/bin/sh\nexec node --require ${typescript} ${program} "$@"\n`;
  writeFileSync(join(folder, `pulumi-resource-${name}`), launcher, { mode: 0o755 });
}

export interface ScratchProject {
  readonly folder: string;
  /** Sends commands to the engine, the state and the stack of the project. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Runs `pulumi` in the project; answers whatever its end, with stdout and stderr together. */
  pulumi(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  remove(): void;
}

/** `program` is TypeScript that may import what the repository has installed; `environment` goes over this process's. */
export function makeProject(name: string, program: string, environment: NodeJS.ProcessEnv = {}): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  mkdirSync(join(folder, "state"));
  for (const plugin of ["command", "aws"] as const) install(plugin, join(folder, "home"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  const runtime = '{ name: nodejs, options: { typescript: false, nodeargs: "--require load-typescript" } }';
  const plugins = `{ providers: [{ name: builders, path: ${join(REPOSITORY, "provider")} }] }`;
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: ${runtime}\nplugins: ${plugins}\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.ts" }));
  writeFileSync(join(folder, "index.ts"), program);
  const env = {
    ...process.env,
    ...environment,
    PATH: [join(REPOSITORY, ".tools/bin"), process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${folder}/state`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_STACK: "dev",
  };
  return {
    folder,
    env,
    pulumi: (...args) =>
      new Promise((resolve, reject) => {
        const child = spawn("pulumi", args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        for (const stream of [child.stdout, child.stderr])
          stream.on("data", (chunk: Buffer) => (output += String(chunk)));
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, output }));
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
