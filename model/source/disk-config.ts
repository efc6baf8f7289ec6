/** The image builder's configuration: read and checked before anything starts, since a worker would find a mistake last. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { SettingsError } from "../settings/report";

/** How the image builder reads it: it goes by the ending of the name. */
export function configFormat(file: string): "json" | "toml" {
  return file.toLowerCase().endsWith(".json") ? "json" : "toml";
}

/** @throws SettingsError with file and line */
export async function readDiskConfig(project: string, file: string): Promise<string> {
  const refuse = (problem: string, cause: unknown): SettingsError =>
    new SettingsError([`disk.config: ${problem}`], { cause });
  let text: string;
  try {
    text = await readFile(path.resolve(project, file), "utf8");
  } catch (cause) {
    throw refuse(`${path.resolve(project, file)} can't be read; check the path`, cause);
  }
  // It is an ES module, which this file can't require.
  const { parse, TomlError } = await import("smol-toml");
  try {
    if (configFormat(file) === "toml") parse(text);
    else if (!isMap(JSON.parse(text))) throw new SyntaxError("it holds no map at position 0");
  } catch (cause) {
    const { line, problem } = cause instanceof TomlError ? tomlMistake(cause) : jsonMistake(text, cause as Error);
    throw refuse(
      `${file}: line ${line}: ${problem}; mend it, it is read as ${configFormat(file).toUpperCase()}`,
      cause,
    );
  }
  return text;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The message goes on with the lines around the mistake. */
function tomlMistake({ line, message }: { line: number; message: string }): { line: number; problem: string } {
  const problem = message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
  return { line, problem };
}

/** node names the place as a position, or not at all where the text ends too early. */
function jsonMistake(text: string, { message }: Error): { line: number; problem: string } {
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.trimEnd().length);
  const problem = message.replace(/ in JSON at position.*| at position.*|, "?[^]*is not valid JSON$/s, "");
  return { line: text.slice(0, position).split("\n").length, problem };
}
