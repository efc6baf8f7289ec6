/** A case as it lies in its folder: what is in `expected.json`, one run after the other, with everything filled in. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import * as z from "zod";

export type Json = Record<string, unknown>;

/** What a run must not take over from the first one once it has an outcome of its own. */
const OUTCOMES = [
  ...["right", "refused", "where", "final", "references", "rightToo", "sameKeyWith", "digest", "tokenRequest"],
  ...["findings", "findingsNot", "simulated", "partition", "requests", "last", "result", "error"],
];
/** For people. */
const WORDS = ["kind", "note", "why", "name", "also", "each"];

/** The same in the entries of lists: nothing is expected of them. */
export const words = {
  note: z.string().exactOptional(),
  why: z.string().exactOptional(),
  name: z.string().exactOptional(),
};

const json = z.record(z.string(), z.unknown());
const expectedFile = z.looseObject({
  kind: z.string(),
  also: z.array(json).default([]),
  each: z.array(json).default([{}]),
});

export interface CaseFile {
  readonly name: string;
  readonly kind: string;
  /** What is expected of each run. */
  readonly runs: readonly { readonly expected: Json; readonly filling: Json }[];
}

/** Undefined where there is no `expected.json`: a way to behave, which has a test of its own. */
export function readCase(folder: string): CaseFile | undefined {
  const file = path.join(folder, "expected.json");
  if (!existsSync(file)) return undefined;
  const { kind, also, each, ...first } = expectedFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const all = [first, ...also.map((run) => inherit(first, run))];
  const runs = each.flatMap((filling) => all.map((expected) => ({ expected: without(expected, WORDS), filling })));
  return { name: path.basename(folder), kind, runs };
}

function inherit(first: Json, run: Json): Json {
  const hasOutcome = Object.keys(run).some((key) => OUTCOMES.includes(key));
  return { ...(hasOutcome ? without(first, OUTCOMES) : first), ...run };
}

function without(value: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** One run of a case: its files in a folder of its own, where they may be changed. */
export class Run {
  private constructor(
    readonly folder: string,
    private readonly wanted: Json,
    private readonly base: Json,
  ) {}

  static async with<T>(
    source: string,
    { expected, filling }: CaseFile["runs"][number],
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const folder = mkdtempSync(path.join(tmpdir(), "case-"));
    const shared = path.join(source, "..", "settings.yaml");
    try {
      cpSync(source, folder, { recursive: true, verbatimSymlinks: true });
      fillFiles(folder, filling);
      const base = existsSync(shared) ? config(readFileSync(shared, "utf8")) : {};
      return await work(new Run(folder, fill(expected, filling), base));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What must happen, in the form of the kind: an unknown field is an error, and never overlooked. */
  expected<T>(schema: z.ZodType<T>, fillings: Json = {}): T {
    return schema.parse(expand(fill(this.wanted, fillings)));
  }

  /** Puts values in the place of these words, in every file. */
  fill(fillings: Json): void {
    fillFiles(this.folder, fillings);
  }

  has(name: string): boolean {
    return existsSync(path.join(this.folder, name));
  }

  text(name: string): string {
    return readFileSync(path.join(this.folder, name), "utf8");
  }

  json<T>(name: string, schema: z.ZodType<T>): T {
    return schema.parse(expand(JSON.parse(this.text(name))));
  }

  /** Settings as the program reads them: those that all cases share, with those of the case laid over them. */
  settings(): Json {
    const own = this.has("settings.yaml") ? config(this.text("settings.yaml")) : {};
    return { ...structuredClone(this.base), ...own };
  }
}

function config(text: string): Json {
  const { config } = z.object({ config: json }).parse(parse(text));
  const entries = Object.entries(config).map(([key, value]) => [key.replace(/^copr-builders:/, ""), value]);
  return json.parse(expand(Object.fromEntries(entries)));
}

/** Puts a value in by its path: `targets.aws.tags`, `targets.aws.regions[0].subnets`. */
export function setPath(settings: Json, at: string, value: unknown): void {
  const steps = at.split(/[.[\]]+/).filter((step) => step !== "");
  const last = steps.pop() ?? "";
  let parent = settings;
  for (const [index, step] of steps.entries()) {
    const next = (parent[step] ??= /^\d+$/.test(steps[index + 1] ?? last) ? [] : {});
    if (typeof next !== "object" || next === null) throw new Error(`${at} leads through ${JSON.stringify(next)}`);
    parent = next as Json;
  }
  parent[last] = value;
}

function fillFiles(folder: string, fillings: Json): void {
  if (Object.keys(fillings).length === 0) return;
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (!statSync(file).isFile()) continue;
    const text = readFileSync(file, "utf8");
    const filled = fillFile(name, text, fillings);
    if (filled !== text) writeFileSync(file, filled);
  }
}

/** A JSON file that is none may be what the case is about. */
function fillFile(name: string, text: string, fillings: Json): string {
  if (!name.endsWith(".json")) return fillText(text, fillings);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fillText(text, fillings);
  }
  return JSON.stringify(fill(value, fillings));
}

/** A text that is such a word from end to end becomes the value itself. */
function fill<T>(value: T, fillings: Json): T;
function fill(value: unknown, fillings: Json): unknown {
  if (typeof value === "string") return Object.hasOwn(fillings, value) ? fillings[value] : fillText(value, fillings);
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, fillings));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fillText(key, fillings), fill(item as unknown, fillings)]),
  );
}

/** A word is one by itself: PROXY is not filled into HTTPS_PROXY. */
function fillText(text: string, fillings: Json): string {
  return Object.entries(fillings).reduce((filled, [word, value]) => {
    const alone = /^\w+$/.test(word) ? new RegExp(`(?<!\\w)${word}(?!\\w)`, "g") : word;
    return filled.replaceAll(alone, () => String(value));
  }, text);
}

const longText = z.strictObject({ $text: z.union([z.string(), z.array(z.string())]), times: z.int() });
const longList = z.strictObject({ $list: z.int(), of: z.unknown(), last: z.unknown().optional() });
const longMap = z.strictObject({ $map: z.int(), key: z.string(), value: z.unknown() });

/** Writes out what stands there in short: `{"$text": "v", "times": 256}`. */
function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== "object" || value === null) return value;
  if ("$text" in value) {
    const { $text, times } = longText.parse(value);
    const parts = [$text].flat();
    return parts.slice(0, -1).join("") + (parts.at(-1) ?? "").repeat(times);
  }
  const numbered = (item: unknown, number: number): unknown => fill(item, { "#": String(number) });
  if ("$list" in value) {
    const { $list, of, last } = longList.parse(value);
    const items = Array.from({ length: $list }, (_, index) => numbered(of, index + 1));
    return [...items, ...(last === undefined ? [] : [last])].map(expand);
  }
  if ("$map" in value) {
    const { $map, key, value: item } = longMap.parse(value);
    const entries = Array.from({ length: $map }, (_, i) => [numbered(key, i + 1), expand(numbered(item, i + 1))]);
    return Object.fromEntries(entries) as Json;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}
