/**
 * `npm run preflight -- [--stack STACK] [--policy]`: who we are, and everything that these settings lack, in one list.
 * `pulumi up` begins with the same checks when it has something to publish. With `--policy` it prints instead what each
 * cloud must allow us, as a document to hand in; nobody is asked for that.
 */
import { printable } from "../contract/printable";
import { parseArgs } from "node:util";
import { findingsText, findingText, platformUses, preflight, sortFindings } from "../components/preflight";
import { byTemper, pausedNotes } from "../components/preflight-tempers";
import { identityLines } from "../components/preflight-identities";
import { messageOf } from "../contract/message-of";
import { parseIdentity } from "../model/outputs/owner";
import { readSettings, type BuildSettings } from "../model/settings";
import { parts } from "../infra";
import { pulumiOnPath, readRawSettings } from "./outputs/read";
import { pluginLines } from "../toolchain/plugin-kinds";

const USAGE = "usage: npm run preflight -- [--stack STACK] [--policy]";

interface Outputs {
  readonly identity?: unknown;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { stack: { type: "string" }, policy: { type: "boolean", default: false } },
  });
  const stack = values.stack ?? pulumiOnPath("stack", "--show-name").trim();
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
  for (const line of await identityLines(uses)) console.log(line);
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
  return parseIdentity((JSON.parse(pulumiOnPath("stack", "output", "--json", "--stack", stack)) as Outputs).identity);
}

/** Undefined for a stack that promotes. */
function settingsOf(stack: string): BuildSettings | undefined {
  const source = readRawSettings(pulumiOnPath, stack);
  const settings = readSettings({ source });
  return settings.mode === "build" ? settings : undefined;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const isUsage = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ?? false;
    console.error(messageOf(error));
    if (isUsage) console.error(USAGE);
    process.exitCode = 2;
  },
);
