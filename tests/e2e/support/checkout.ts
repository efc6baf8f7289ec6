/** A copy of this checkout with a stack of its own, so that a test may change files and state and harm nobody's. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { localEnvironment } from "../../../cli/local/environment";
import { Pulumi } from "./pulumi";

export const REPOSITORY = path.resolve(__dirname, "..", "..", "..");

/** Where this test publishes: a pool that no other stack uses. */
export interface Pools {
  readonly images: string;
}

export interface Checkout {
  readonly folder: string;
  readonly stack: string;
  readonly pulumi: Pulumi;
  /** The stack's identity, as its state says; what was known once stays known. @throws Error before its first run */
  identity(): string;
  /** Changes the stack's settings; paths as in the settings, `bootCheck.boots`. */
  set(changes: Readonly<Record<string, unknown>>): void;
  write(file: string, text: string): void;
  read(file: string): string;
  remove(): void;
}

export function makeCheckout(stack: string, changes: Readonly<Record<string, unknown>>): Checkout {
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-e2e-"));
  const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: REPOSITORY,
    encoding: "utf8",
    maxBuffer: 16 << 20,
  });
  for (const file of new Set(tracked.split("\0").filter((name) => name !== ""))) {
    cpSync(path.join(REPOSITORY, file), path.join(folder, file), { recursive: true, verbatimSymlinks: true });
  }
  for (const name of ["node_modules", ".tools"]) symlinkSync(path.join(REPOSITORY, name), path.join(folder, name));
  mkdirSync(path.join(folder, ".local", "state"), { recursive: true });
  symlinkSync(path.join(REPOSITORY, ".local", "s3"), path.join(folder, ".local", "s3"));

  const settings = path.join(folder, `Pulumi.${stack}.yaml`);
  cpSync(path.join(folder, "Pulumi.local.yaml"), settings);
  const environment = {
    ...localEnvironment(),
    PULUMI_BACKEND_URL: `file://${path.join(folder, ".local", "state")}`,
  };
  const pulumi = new Pulumi(folder, stack, environment);
  let identity: string | undefined;
  const checkout: Checkout = {
    folder,
    stack,
    pulumi,
    identity: () => (identity ??= pulumi.identity()),
    set: (values) => {
      const file = parse(readFileSync(settings, "utf8")) as { config: Record<string, unknown> };
      for (const [at, value] of Object.entries(values)) assign(file.config, at, value);
      writeFileSync(settings, stringify(file));
    },
    write: (file, text) => {
      writeFileSync(path.join(folder, file), text);
    },
    read: (file) => readFileSync(path.join(folder, file), "utf8"),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
  checkout.set(changes);
  return checkout;
}

/** Sets `bootCheck.boots` in `{"copr-builders:bootCheck": {...}}`. */
function assign(config: Record<string, unknown>, at: string, value: unknown): void {
  const [first = "", ...rest] = at.split(".");
  const keys = [`copr-builders:${first}`, ...rest];
  const last = keys.pop() ?? "";
  let node: Record<string, unknown> = config;
  for (const key of keys) {
    node[key] ??= {};
    node = node[key] as Record<string, unknown>;
  }
  if (value === undefined) delete node[last];
  else node[last] = value;
}
