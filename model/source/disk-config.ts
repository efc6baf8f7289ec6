/** The image builder's configuration: read and checked before anything starts, since a worker would find a mistake last. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { SettingsError } from "../settings/report";
import { blueprintProblems, type BlueprintProblem } from "./disk-blueprint";

/** How the image builder reads it: it goes by the ending of the name. */
export function configFormat(file: string): "json" | "toml" {
  return file.toLowerCase().endsWith(".json") ? "json" : "toml";
}

/** @throws SettingsError with file and line of every mistake */
export async function readDiskConfig(project: string, file: string): Promise<string> {
  const refuse = (problems: readonly string[], cause?: unknown): SettingsError =>
    new SettingsError(
      problems.map((problem) => `disk.config: ${problem}`),
      { cause },
    );
  let text: string;
  try {
    text = await readFile(path.resolve(project, file), "utf8");
  } catch (cause) {
    throw refuse([`${path.resolve(project, file)} can't be read; check the path`], cause);
  }
  // It is an ES module, which this file can't require.
  const { parse, TomlError } = await import("smol-toml");
  let value: unknown;
  try {
    value = configFormat(file) === "toml" ? parse(text) : parseJson(text);
  } catch (cause) {
    const { line, problem } = cause instanceof TomlError ? tomlMistake(cause) : jsonMistake(text, cause as Error);
    throw refuse(
      [`${file}: line ${line}: ${problem}; mend it, it is read as ${configFormat(file).toUpperCase()}`],
      cause,
    );
  }
  const problems = blueprintProblems(value);
  if (problems.length > 0) {
    throw refuse(problems.map((one) => `${file}: line ${lineOf(text, one.path)}: ${shown(one)}`));
  }
  return text;
}

function shown({ path: steps, problem }: BlueprintProblem): string {
  const place = steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return `${place.slice(1) || "it"}: ${problem}`;
}

/** What bootc-image-builder took before May 2024 has all of it one level further down. */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!isMap(value)) throw new SyntaxError("it holds no map at position 0");
  return isMap(value["blueprint"]) ? value["blueprint"] : value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Looks for one key after the other; a number is so many headers `[[...]]` further down. */
function lineOf(text: string, steps: BlueprintProblem["path"]): number {
  const quoted = (key: string | number): string => String(key).replace(/[^\w]/g, "\\$&");
  let at = 0;
  let found = 0;
  steps.forEach((step, index) => {
    const key = steps[index - 1] ?? "";
    const pattern =
      typeof step === "number"
        ? `\\[\\[[^\\]\\n]*\\b${quoted(key)}"?\\s*\\]\\]`
        : `(?<![\\w-])${quoted(step)}(?![\\w-])`;
    for (let times = typeof step === "number" ? step : 1; times > 0; times--) {
      const next = new RegExp(pattern, "i").exec(text.slice(at));
      if (next === null) return;
      found = at + next.index;
      at = found + next[0].length;
    }
  });
  return text.slice(0, found).split("\n").length;
}

/** The message goes on with the lines around the mistake. */
function tomlMistake({ line, message }: { line: number; message: string }): { line: number; problem: string } {
  const problem = message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
  return { line, problem };
}

/** node names the place as a position, or not at all where the text ends too early. */
function jsonMistake(text: string, { message }: Error): { line: number; problem: string } {
  const end = text.trimEnd().length;
  const position = Math.min(end, Number(/at position (\d+)/.exec(message)?.[1] ?? end));
  const problem = message.replace(/ in JSON at position.*| at position.*|, "?[^]*is not valid JSON$/s, "");
  return { line: text.slice(0, position).split("\n").length, problem };
}
