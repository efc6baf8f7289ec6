/**
 * `npm run preflight -- [--stack STACK] [--policy]`: who we are, and everything that these settings lack, in one list.
 * `pulumi up` begins with the same checks when it has something to publish. With `--policy` it prints instead what each
 * cloud must allow us, as a document to hand in; nobody is asked for that.
 */
import { printable } from "../contract/printable";
import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { findingsText, findingText, platformUses, preflight, sortFindings } from "../components/preflight";
import { byTemper, pausedNotes } from "../components/preflight-tempers";
import { parseIdentity } from "../model/outputs/owner";
import { readSettings, SettingsError, type BuildSettings } from "../model/settings";
import { parts } from "../infra";
import { readRawSettings } from "./outputs/read";
import { pluginLines } from "../toolchain/plugin-kinds";

const PROJECT = path.join(__dirname, "..");
const USAGE = "usage: npm run preflight -- [--stack STACK] [--policy]";

interface Outputs {
  readonly identity?: unknown;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { stack: { type: "string" }, policy: { type: "boolean", default: false } },
  });
  const stack = values.stack ?? pulumi(["stack", "--show-name"]).trim();
  const settings = settingsOf(stack);
  if (settings === undefined) {
    console.log(`${stack} promotes: it builds nothing, and asks nothing of any cloud`);
    return 0;
  }
  const identity = identityOf(stack);
  const uses = platformUses(settings, stack, identity);
  if (values.policy) {
    const documents = [...uses].map(async ([name, use]) => [name, (await parts(name)).policies?.(use)] as const);
    // What is undefined is left out.
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(documents)), undefined, 2));
    return 0;
  }
  for (const line of pluginLines()) console.log(line);
  for (const [name, use] of uses) {
    const who = await (await parts(name)).identity?.(use);
    if (who !== undefined) console.log(`${name}: ${who}`);
  }
  const found = sortFindings(await preflight(settings, stack, identity));
  const { needed: missing, spared } = byTemper(found.missing, settings);
  const notes = [...found.notes, ...found.missing.filter((one) => !missing.includes(one)), ...pausedNotes(settings)];
  if (spared.size > 0) console.log("note: places that are best-effort lack something: a run goes on without them");
  for (const note of notes) console.log(printable(`note: ${findingText(note)}`));
  console.log(missing.length === 0 ? "nothing is missing" : printable(findingsText(missing)));
  return missing.length === 0 ? 0 : 1;
}

/** Undefined before the stack's first run: nobody can name its folders in the store yet. */
function identityOf(stack: string): string | undefined {
  return parseIdentity((JSON.parse(pulumi(["stack", "output", "--json", "--stack", stack])) as Outputs).identity);
}

/** Undefined for a stack that promotes. */
function settingsOf(stack: string): BuildSettings | undefined {
  const source = readRawSettings((...words) => pulumi(words), stack);
  const settings = readSettings({ source });
  return settings.mode === "build" ? settings : undefined;
}

function pulumi(args: readonly string[]): string {
  return execFileSync("pulumi", args, { cwd: PROJECT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const isUsage = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ?? false;
    console.error(error instanceof SettingsError || isUsage ? (error as Error).message : error);
    if (isUsage) console.error(USAGE);
    process.exitCode = 2;
  },
);
