/** Collects every mistake, with its path, and puts them in the order of the file. */
import { UserError } from "../../contract/user-error";
import type * as z from "zod";
import { friendlyMessage } from "./messages";
import { isRecord } from "../../contract/is-record";
import { secretPaths } from "./secrets";

export type Path = readonly PropertyKey[];

interface Mistake {
  readonly path: Path;
  readonly text: string;
}

/** What settings say gets into the state, onto workers and into an image's history, where anybody reads it. */
const SECRET_REFUSED =
  "is a secret (secure:), but what settings say is kept in clear in the state and in images; take it out, and name a file " +
  "where a setting takes one (store.credentials.file, privateKeyFile), serve it to the build (source.secrets), or have the booted machine fetch it";

/** `pulumi config set copr-builders:source.secrets.ID` makes a key of that name, unless it is told that it is a path. */
export function pathProblem(key: string): string | undefined {
  if (!/^[A-Za-z]\w*[.[]/.test(key)) return undefined;
  return `is one key by this name, since \`pulumi config set\` was not told --path; take it out (\`pulumi config rm\`), and set it with --path`;
}

/** What is secret in a key only its usual file tells. */
const WHOLE_KEY =
  "; where a part of it is meant to be secret, see that Pulumi.STACK.yaml has this key as it is read: with --config-file nothing tells which part it is";

/** All that is wrong with the settings, one line each: `path: what is wrong; what to do`. */
export class SettingsError extends UserError {
  override readonly name = "SettingsError";

  constructor(
    readonly mistakes: readonly string[],
    options?: ErrorOptions,
  ) {
    const many = mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`;
    super([`the settings have ${many}:`, ...mistakes].join("\n"), options);
  }
}

/** What a build is served while it runs, and no image keeps: `source.secrets.ID`; and what records are signed with. */
function mayBeSecret([first, second, ...more]: Path): boolean {
  if (first === "signing" && second === "key") return more.length === 0;
  return first === "source" && second === "secrets" && more.length === 1;
}

export class Report {
  private readonly mistakes: Mistake[] = [];

  private readonly secrets: readonly Path[];

  constructor(private readonly raw: unknown) {
    this.secrets = secretPaths(raw).filter((path) => !mayBeSecret(path));
    this.mistakes.push(
      ...this.secrets.map((path) => ({
        path,
        text: path.length > 1 ? SECRET_REFUSED : (pathProblem(String(path[0])) ?? SECRET_REFUSED + WHOLE_KEY),
      })),
    );
  }

  /** Of what is secret nothing else is said. */
  add(path: Path, text: string): void {
    const isSecret = this.secrets.some((secret) => secret.every((step, index) => step === path[index]));
    if (!isSecret) this.mistakes.push({ path, text });
  }

  /** Parses one part; what is wrong with it goes into the report, and undefined comes back. */
  parse<T>(path: Path, value: unknown, schema: z.ZodType<T>): T | undefined {
    const result = schema.safeParse(value, { error: friendlyMessage });
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const at = [...path, ...issue.path];
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) this.add([...at, key], issue.message);
      } else this.add(at, issue.message);
    }
    return undefined;
  }

  /** @throws SettingsError if anything was reported */
  finish(): void {
    if (this.mistakes.length === 0) return;
    const order = [...this.mistakes].sort((a, b) => comparePaths(this.raw, a.path, b.path));
    throw new SettingsError(order.map(({ path, text }) => withoutPasswords(`${pathText(path)}: ${text}`)));
  }
}

/** A mistake shows what was written, and goes into logs and comments: an address may hold a password there, `https://ME:PASSWORD@HOST`. */
function withoutPasswords(line: string): string {
  return line.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s"/@:]*):[^\s"]*@/gi, "$1:...@");
}

/** `targets.hypervisor.hosts[0].pool`, `registries["127.0.0.1:5000"]` */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const key = String(step);
      // A key of another namespace is written as in the stack's file: `aws:profile`.
      if (!(index === 0 ? /^[A-Za-z_][\w:-]*$/ : /^[A-Za-z_][\w-]*$/).test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** By position in the document; what is missing there comes after what is present, and a whole before its parts. */
function comparePaths(raw: unknown, a: Path, b: Path): number {
  let container = raw;
  for (let depth = 0; depth < Math.max(a.length, b.length); depth++) {
    const [left, right] = [a[depth], b[depth]];
    if (left === undefined || right === undefined) return a.length - b.length;
    if (left !== right) return position(container, left) - position(container, right);
    container = child(container, left);
  }
  return 0;
}

function position(container: unknown, step: PropertyKey): number {
  if (typeof step === "number") return step;
  const index = isRecord(container) ? Object.keys(container).indexOf(String(step)) : -1;
  return index === -1 ? Number.MAX_SAFE_INTEGER : index;
}

function child(container: unknown, step: PropertyKey): unknown {
  if (Array.isArray(container)) return typeof step === "number" ? (container as unknown[])[step] : undefined;
  return isRecord(container) ? container[String(step)] : undefined;
}
