/** A Pulumi project and a state of its own in a temporary folder, for tests with the real engine. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..", "..");
const LAUNCHER = `#!/bin/sh
exec node --require ${join(REPOSITORY, "tools/typescript/register.cjs")} ${join(__dirname, "..", "main.ts")} "$@"
`;

export interface ScratchProject {
  readonly folder: string;
  /** Sends commands to the engine, the state and the stack of the project. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Runs `pulumi` in the project; answers whatever its end, with stdout and stderr together. */
  pulumi(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  remove(): void;
}

/** `program` is TypeScript that may import what the repository has installed. */
export function makeProject(name: string, program: string): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const plugin = join(folder, "home/plugins/resource-command-v1.2.1");
  for (const needed of [plugin, join(folder, "state")]) mkdirSync(needed, { recursive: true });
  writeFileSync(join(plugin, "pulumi-resource-command"), LAUNCHER, { mode: 0o755 });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  const runtime = '{ name: nodejs, options: { typescript: false, nodeargs: "--require load-typescript" } }';
  const plugins = `{ providers: [{ name: builders, path: ${join(REPOSITORY, "provider")} }] }`;
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: ${runtime}\nplugins: ${plugins}\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, main: "index.ts" }));
  writeFileSync(join(folder, "index.ts"), program);
  const env = {
    ...process.env,
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
