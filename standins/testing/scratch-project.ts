/** A Pulumi project and a state of its own in a temporary folder, for tests with the real engine. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { version as awsVersion } from "@pulumi/aws/package.json";
import { isStandIn } from "../../toolchain/plugin-kinds";

const REPOSITORY = join(__dirname, "..", "..");

/** The plugins that stand in, as set-up installs them. */
const PLUGINS = { command: "1.2.1", aws: awsVersion } as const;

/** PLUGINS=official: those of the checkout, and none of ours in their place. @default standin */
function wanted(): "official" | "standin" {
  const said = process.env["PLUGINS"] ?? "standin";
  if (said === "official" || said === "standin") return said;
  throw new Error(`PLUGINS is official or standin, not "${said}"`);
}

/** Puts a plugin of this checkout where pulumi looks for it. */
export function install(name: keyof typeof PLUGINS, home: string): void {
  const folder = join(home, `plugins/resource-${name}-v${PLUGINS[name]}`);
  if (wanted() === "official") {
    const of = join(REPOSITORY, `.tools/pulumi-home/plugins/resource-${name}-v${PLUGINS[name]}`);
    const program = join(of, `pulumi-resource-${name}`);
    if (!existsSync(program) || isStandIn(program)) {
      throw new Error(`PLUGINS=official, but ${name} ${PLUGINS[name]} is not here as such: run toolchain/setup.sh`);
    }
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(of)) symlinkSync(join(of, file), join(folder, file));
    return;
  }
  const typescript = join(REPOSITORY, "toolchain/typescript/register.cjs");
  const program = join(REPOSITORY, `standins/${name}-plugin/main.ts`);
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
  console.log(`${name}: with ${wanted() === "official" ? "the official plugins" : "the stand-ins"} of command and aws`);
  for (const plugin of ["command", "aws"] as const) install(plugin, join(folder, "home"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  const runtime = '{ name: nodejs, options: { typescript: false, nodeargs: "--require load-typescript" } }';
  const plugins = `{ providers: [{ name: builders, path: ${join(REPOSITORY, "plugin")} }] }`;
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
