/** The outputs as the Ansible variable file that a pool manager's configuration is rendered from. */
import { Document, Pair, Scalar, YAMLMap, type DocumentOptions, type SchemaOptions } from "yaml";
import { printable } from "../../contract/printable";
import type { ImagesOutput } from "../../model/outputs";
import type { StackOutputs } from "../../model/outputs/schema";
import { behindText, shortDigest, type LedgerEntry, type SourceIdentity } from "../../model/plan";
import { regenerate, VARIABLE, type Command } from "./command";

/**
 * `copr_builder_images: {aws: {x86_64: ami-0...}, ...}`, sorted, so that a new generation changes nothing but ids. The id
 * used before stands above each as a comment that is a line to take instead:
 *
 * ```yaml
 *     # x86_64: ami-0old # g11
 *     x86_64: ami-0new
 * ```
 */
export function ansibleFile(outputs: StackOutputs, command: Command): string {
  const { stack, variable } = command;
  const [current, previous] = outputs.generations;
  if (current === undefined) throw new Error(`stack "${stack}" has no generation`);
  const root = new YAMLMap<Scalar, YAMLMap>();
  const ids = images(outputs.images, outputs.previousImages, previous?.id ?? "");
  root.items.push(new Pair(new Scalar(variable), ids));
  // Ansible reads YAML 1.1, where more words than in 1.2 are no text unless quoted.
  const document = new Document(root, YAML_1_1);
  document.commentBefore = comment(header(outputs, current, previous, command));
  // What readers of YAML 1.1 refuse, or take for the end of a line, stands in comments, or in quotes: there this is its escape.
  return printable(document.toString(FORM));
}

/** A text `<<` is a text: nothing is merged here, and the tag of what merges would write it plain. */
const YAML_1_1: DocumentOptions & SchemaOptions = {
  version: "1.1",
  customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:merge"),
};

/** Each scalar on one line, however long it is. */
const FORM = { lineWidth: 0, doubleQuotedMinMultiLineLength: Infinity };

/** What is not plain ASCII, or begins with a sign as `=` and `<<` of YAML 1.1 do, in quotes. */
function textOf(text: string): Scalar {
  const scalar = new Scalar(text);
  if (!/^[A-Za-z0-9][ -~]*$/.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function header(
  { promotedFrom }: StackOutputs,
  current: LedgerEntry,
  previous: LedgerEntry | undefined,
  command: Command,
): string[] {
  const { stack, variable } = command;
  const origin = promotedFrom === undefined ? "" : `, promoted from stack ${promotedFrom}`;
  return [
    `Builder images of generation ${current.id}: stack ${stack}${origin}.`,
    ...describeSource(current).map((line, index) => `${index === 0 ? "Source:  " : "         "} ${line}`),
    `Built at: ${current.builtAt}`,
    previous === undefined
      ? "Previous: none yet"
      : `Previous: ${previous.id}, built at ${previous.builtAt}; its ids are the lines in comments, to switch back to`,
    ...(current.behind ?? []).map((one) => `Left alone: ${one.arch} in ${behindText(one, current.id)}`),
    `Written by a program, and written over: ${regenerate(command)}`,
    ...(variable === VARIABLE ? REPLACES : combines(variable)),
  ];
}

/** Ansible merges no dictionaries: the last of a name stands instead of all that came before. */
const REPLACES = [
  `Stands instead of every other ${VARIABLE}. A farm that keeps places by hand prints this with --variable NAME (and`,
  "perhaps --place PLACE), whose head says how both come together.",
];

function combines(variable: string): string[] {
  return [
    `Beside a ${VARIABLE} that is kept by hand: ids here win, what is not here stays. In a task,`,
    `  set_fact: { ${VARIABLE}: "{{ ${VARIABLE} | combine(${variable}, recursive=True) }}" }`,
  ];
}

/** What a generation is made from, one line each. */
export function describeSource({ identity }: LedgerEntry): string[] {
  return [
    describe(identity.source),
    ...Object.entries(identity.from)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reference, digest]) => `FROM ${reference} ${shortDigest(digest)}`),
  ];
}

function describe(source: SourceIdentity): string {
  return source.kind === "image"
    ? `image ${source.reference} ${shortDigest(source.digest)}`
    : `context ${source.context} ${source.hash.slice(0, 12)}, ${source.containerfile}`;
}

/** One level of the tree. What was there before and is no more leaves its comment too. */
function images(now: ImagesOutput, before: ImagesOutput, previousId: string): YAMLMap<Scalar, YAMLMap | Scalar> {
  const map = new YAMLMap<Scalar, YAMLMap | Scalar>();
  let pending: string[] = [];
  for (const name of [...new Set([...Object.keys(now), ...Object.keys(before)])].sort()) {
    const [current, previous] = [now[name], before[name]];
    if (previous !== undefined && differ(current, previous)) pending.push(...oldLines(name, previous, previousId));
    if (current === undefined) continue;
    const key = textOf(name);
    if (pending.length > 0) key.commentBefore = comment(pending);
    pending = [];
    const below = typeof previous === "object" ? previous : {};
    const value = typeof current === "string" ? textOf(current) : images(current, below, previousId);
    map.items.push(new Pair<Scalar, YAMLMap | Scalar>(key, value));
  }
  if (pending.length > 0) map.comment = comment(pending);
  return map;
}

/** True if the old value needs a line of its own; that of a branch that is still there is said inside it. */
function differ(current: string | ImagesOutput | undefined, previous: string | ImagesOutput): boolean {
  return typeof current === "object" && typeof previous === "object" ? false : current !== previous;
}

/** As YAML: to go back to it, take the `# ` away. */
function oldLines(name: string, value: string | ImagesOutput, previousId: string): string[] {
  const node = typeof value === "string" ? textOf(value) : images(value, {}, previousId);
  const map = new YAMLMap<Scalar, YAMLMap | Scalar>();
  map.items.push(new Pair<Scalar, YAMLMap | Scalar>(textOf(name), node));
  const document = new Document(map, YAML_1_1);
  const lines = document.toString(FORM).trimEnd().split("\n");
  return lines.map((line, index) => (index === 0 ? `${line} # ${previousId}` : line));
}

function comment(lines: readonly string[]): string {
  // A line break in a name must not end the comment.
  return lines.map((line) => ` ${printable(line.replace(/[\r\n]+/g, " "))}`).join("\n");
}
