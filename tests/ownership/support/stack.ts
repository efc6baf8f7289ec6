/** A stack of the real program, in a copy of this checkout and a state of its own. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Pulumi } from "../../e2e/support/pulumi";
import { changeSettings, isRecord, type Values } from "./settings";

const REPOSITORY = join(__dirname, "..", "..", "..");
/** What the program is made of: the rest of a checkout is not needed to run it. */
const PROGRAM = [
  "Pulumi.yaml",
  "package.json",
  "tsconfig.json",
  ...[
    "agent",
    "cli",
    "components",
    "contract",
    "ebs",
    "infra",
    "model",
    "plugin",
    "policies",
    "provider",
    "provider-kit",
    "stacks",
    "toolchain",
  ],
];

export interface StackArgs {
  /** Folder that the copy is made in. */
  readonly under: string;
  readonly name: string;
  readonly settings: Record<string, unknown>;
  readonly environment: NodeJS.ProcessEnv;
  /** Folder of the state, shared where several stacks are of one backend. @default its own */
  readonly backend?: string;
  /** The checkout that is copied. @default this one */
  readonly repository?: string;
}

export class Stack {
  readonly pulumi: Pulumi;
  private constructor(
    readonly folder: string,
    readonly name: string,
    /** Folder of its backend. */
    readonly backend: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {
    this.pulumi = new Pulumi(folder, name, environment);
  }

  static make({ under, name, settings, environment, backend, repository = REPOSITORY }: StackArgs): Stack {
    const folder = mkdtempSync(join(under, `${name}-`));
    const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", ...PROGRAM], {
      cwd: repository,
      encoding: "utf8",
      maxBuffer: 16 << 20,
    });
    for (const file of tracked.split("\0").filter((one) => one !== "" && existsSync(join(repository, one))))
      cpSync(join(repository, file), join(folder, file), { recursive: true, verbatimSymlinks: true });
    symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
    const state = backend ?? join(folder, ".local", "state");
    mkdirSync(state, { recursive: true });
    mkdirSync(join(folder, "images", "light"), { recursive: true });
    writeFileSync(join(folder, "images", "light", "Containerfile"), "FROM scratch\nCOPY note /note\n");
    const stack = new Stack(folder, name, state, { ...environment, PULUMI_BACKEND_URL: `file://${state}` });
    stack.source("first");
    writeFileSync(stack.settingsFile, stringify({ config: settings }));
    return stack;
  }

  /** Another source: another build. */
  source(text: string): void {
    writeFileSync(join(this.folder, "images", "light", "note"), `${text}\n`);
  }

  set(changes: Values): void {
    const file: unknown = parse(readFileSync(this.settingsFile, "utf8"));
    if (!isRecord(file) || !isRecord(file["config"])) throw new Error(`${this.settingsFile} has no config`);
    changeSettings(file["config"], changes);
    writeFileSync(this.settingsFile, stringify(file));
  }

  /** The same program and settings under another name or in another backend. */
  as({ name = this.name, backend = this.backend }: { readonly name?: string; readonly backend?: string }): Stack {
    const other = new Stack(this.folder, name, backend, {
      ...this.environment,
      PULUMI_BACKEND_URL: `file://${backend}`,
    });
    if (name !== this.name && !existsSync(other.settingsFile)) cpSync(this.settingsFile, other.settingsFile);
    return other;
  }

  init(): Promise<string> {
    return this.pulumi.must("stack", "init", this.name);
  }

  up(): Promise<string> {
    return this.pulumi.mustUp();
  }

  destroy(): Promise<string> {
    return this.pulumi.must("destroy", "--yes", "--skip-preview", "--stack", this.name);
  }

  /** As `pulumi cancel` does in a backend of files, without a process for it. */
  unlock(): void {
    rmSync(join(this.backend, ".pulumi", "locks", "organization", "copr-builders", this.name), {
      recursive: true,
      force: true,
    });
  }

  /** As docs/operating.md says: an engine that is killed while it writes leaves half a file, and its backup beside it. */
  mendState(): void {
    const file = join(this.backend, ".pulumi", "stacks", "copr-builders", `${this.name}.json`);
    if (!existsSync(file) || !existsSync(`${file}.bak`)) return;
    try {
      JSON.parse(readFileSync(file, "utf8"));
    } catch {
      cpSync(`${file}.bak`, file);
    }
  }

  /** Names of all stacks of the backend, as `pulumi stack ls` shows them. */
  stacks(): string[] {
    const at = join(this.backend, ".pulumi", "stacks", "copr-builders");
    const files = existsSync(at) ? readdirSync(at) : [];
    return files
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length))
      .sort();
  }

  /** Removes what is left of inner stacks from the backend: the next case begins without it. */
  forgetInner(): void {
    const at = join(this.backend, ".pulumi", "stacks", "copr-builders");
    const inner = readdirSync(at).filter((file) => !file.startsWith(`${this.name}.json`));
    for (const file of inner) rmSync(join(at, file));
    rmSync(join(this.backend, ".pulumi", "locks"), { recursive: true, force: true });
  }

  private get settingsFile(): string {
    return join(this.folder, `Pulumi.${this.name}.yaml`);
  }
}
