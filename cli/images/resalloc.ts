/** The ids as arguments for the scripts that resalloc, the pool manager, starts builders with. */
import { imagesOf } from "../../infra/specs";
import { imagesIn } from "../../model/outputs";
import { printable } from "../../contract/printable";
import type { StackOutputs } from "../../model/outputs/schema";
import { behindText, type LedgerEntry } from "../../model/plan";
import { regenerate, type Command } from "./command";

/**
 * One line for each id: its path in the outputs, a tab, the arguments. For instance
 * `cmd_new: "vm-aws-new $(awk -F'\t' '$1 == "aws.x86_64" {print $2}' FILE)"`.
 */
export function resallocArguments({ generations: [current] }: StackOutputs, command: Command): string {
  const { stack } = command;
  if (current === undefined) throw new Error(`stack "${stack}" has no generation`);
  const paused = (current.behind ?? []).map((one) => `# ${one.arch} in ${oneLine(behindText(one, current.id))}`);
  const lines = imageIds(current).map(({ path, spec, id }) => `${path}\t${imagesOf(spec).argument(oneWord(id, path))}`);
  const head = oneLine(`generation ${current.id} of stack ${stack}; ${regenerate(command)}`);
  return [`# ${head}`, ...paused, ...lines, ""].join("\n");
}

/** A line break in a reason must not end the comment. */
function oneLine(text: string): string {
  return printable(text.replace(/[\r\n]+/g, " "));
}

/** A shell cuts what it is given here into words. */
function oneWord(id: string, path: string): string {
  if (/^[\w.:@/+-]+$/.test(id) && !id.startsWith("-")) return id;
  throw new Error(
    `${path} has the image id ${JSON.stringify(id)}, which is no id: a script would take it for something else`,
  );
}

/** Each id once, hypervisors share theirs; sorted by path. */
function imageIds(entry: LedgerEntry) {
  const byPath = new Map(
    imagesIn(entry).map(({ path, place: { spec }, imageId = "" }) => [path.join("."), { spec, id: imageId }]),
  );
  return [...byPath].map(([path, image]) => ({ path, ...image })).sort((a, b) => (a.path < b.path ? -1 : 1));
}
