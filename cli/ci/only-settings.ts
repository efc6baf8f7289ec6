/** Settings of one run: those of the stack, for some architectures or targets only. The committed file stays as it is. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isMap, parseDocument, Scalar } from "yaml";

export interface Only {
  /** Build and publish these; all of them if there are none. */
  readonly architectures: readonly string[];
  /** Publish to these; to all of them if there are none. */
  readonly targets: readonly string[];
}

/** Of the options `--arch` and `--target`. Several names may come in one, apart by commas or spaces: a form has one field. */
export function parseOnly(archs: readonly string[] = [], targets: readonly string[] = []): Only {
  const names = (values: readonly string[]) => values.flatMap((value) => value.split(/[\s,]+/)).filter(Boolean);
  return { architectures: names(archs), targets: names(targets) };
}

/** The program knows which names there are, and refuses others by name. */
const KEY = "copr-builders:only";

/**
 * Runs `use` with the arguments that make pulumi read the settings of `stack`, narrowed to `only`: none where nothing is
 * narrowed, else `--config-file` with a copy outside of the project, which is gone when `use` has ended, well or not.
 */
export async function withOnly<T>(
  { project, stack, only }: { readonly project: string; readonly stack: string; readonly only: Only },
  use: (args: readonly string[]) => Promise<T>,
): Promise<T> {
  const wanted = Object.fromEntries(
    Object.entries<readonly string[]>({ ...only }).filter(([, names]) => names.length > 0),
  );
  if (Object.keys(wanted).length === 0) return use([]);
  const settings = settingsFile(project, stack);
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-only-"));
  try {
    const copy = path.join(folder, path.basename(settings));
    copyFileSync(settings, copy);
    // Pulumi may want to write to it, whatever the original allows.
    chmodSync(copy, 0o600);
    writeFileSync(copy, narrowed(readFileSync(copy, "utf8"), wanted, settings));
    return await use(["--config-file", copy]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function narrowed(yaml: string, wanted: Record<string, readonly string[]>, file: string): string {
  // Every value stays as it is written: pulumi reads 022 as 18, and a reader of newer YAML would write 22 instead.
  const document = parseDocument(yaml, { schema: "failsafe" });
  const [error] = document.errors;
  if (error) throw new Error(`${file} is no YAML: ${error.message}`);
  if (!isMap(document.contents)) throw new Error(`${file} has no settings; it starts with "config:"`);
  document.setIn(["config", KEY], document.createNode(quoted(wanted)));
  return String(document);
}

/** Names are texts, also those that look like numbers. */
function quoted(wanted: Record<string, readonly string[]>): Record<string, readonly Scalar[]> {
  const text = (name: string) => Object.assign(new Scalar(name), { type: Scalar.QUOTE_DOUBLE });
  return Object.fromEntries(Object.entries(wanted).map(([key, names]) => [key, names.map(text)]));
}

/** `ORGANIZATION/PROJECT/STACK` is `Pulumi.STACK.yaml` too. */
function settingsFile(project: string, stack: string): string {
  const file = path.join(project, `Pulumi.${stack.split("/").at(-1)}.yaml`);
  if (existsSync(file)) return file;
  const others = readdirSync(project).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  throw new Error(`stack "${stack}" has no settings, ${file}; there are: ${others.sort().join(", ") || "none"}`);
}
