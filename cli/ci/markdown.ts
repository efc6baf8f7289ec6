/** A preview as the comment on a pull request: what matters at a glance, everything else folded below it. */
import type { Message, PolicyPack, Preview, Step } from "./event-log";
import { codeBlock, inCode, namesThatFit, plural, table, whatFits } from "./markdown-parts";
import { publishedImages, type ImageChange } from "./published-images";

/** GitHub refuses comments of more than 65,536 characters; ours are counted in bytes, which is on the safe side. */
export const MOST_BYTES = 65_000;
/** Bytes of one message or violation: enough for every mistake in a file of settings. */
const MESSAGE_BYTES = 6_000;
/** Bytes of one of the eight parts of the glance, so that none pushes another out and the list has its room too. */
const PART_BYTES = 7_000;
/** Bytes of the names in one row of a table. */
const ROW_BYTES = 2_000;

export interface About {
  readonly stack: string;
  /** What was previewed, 40 hex digits; nothing outside of git. */
  readonly commit?: string;
  /** Where the whole log is. */
  readonly runUrl?: string;
  readonly exitCode: number;
  /** What pulumi said on standard error: all there is if it failed before the engine started. */
  readonly stderr: string;
}

/** First line of a stack's comment, by which the next run finds it. Nobody sees it. */
export function marker(stack: string): string {
  // "--" would end the HTML comment.
  return `<!-- copr-builders preview of ${stack.replace(/-(?=-)/g, "-.")} -->`;
}

/** At most `MOST_BYTES` long; holds names and the words of engine, program and policies, never the value of a property. */
export function previewMarkdown(preview: Preview, about: About): string {
  const { stack, exitCode } = about;
  const failed = exitCode !== 0;
  const images = publishedImages(preview.steps);
  const glance = [
    `### ${failed ? "❌" : "✅"} ${inCode(stack)}: ${headline(preview, failed)}`,
    ...(failed ? failures(preview, about) : []),
    ...announcements(preview),
    ...imageTable(images),
    ...outputs(preview),
    policyLine(preview.policies, failed),
    ...advice(preview.policies),
    ...said(preview.messages, "warning", "Warnings"),
  ];
  const top = `${marker(stack)}\n${glance.join("\n\n")}\n\n`;
  const bottom = footer(about);
  const room = MOST_BYTES - Buffer.byteLength(top) - Buffer.byteLength(bottom);
  return `${top}${listing(preview, room)}${bottom}`;
}

function headline({ messages, steps, outputs, finished }: Preview, failed: boolean): string {
  if (failed) return finished ? "the preview failed" : "the preview came to no end";
  const first = messages
    .find(({ severity, resource }) => severity === "info" && resource === undefined)
    ?.text.split("\n")[0];
  // Up to the reasons: `g2 is new`, `g3 stands`, `g3 of devel is taken`.
  const said = first?.split(/: | \(/)[0];
  const changes = outputs.length > 0 ? `${plural(outputs.length, "output")} change` : "nothing to do";
  const does = steps.length > 0 ? plural(steps.length, "change") : changes;
  // In plain words, or not here: what means something to Markdown is in the block below.
  return said && /^[\w ,.'-]{1,80}$/.test(said) ? `${said}, ${does}` : does;
}

/** What stops the run comes first: what the policies refuse, then the words of the engine and the program. */
function failures({ messages, policies }: Preview, { stderr }: About): string[] {
  const broken = objections(policies, (level) => level === "mandatory");
  // The engine's last word, which says nothing where there is another.
  const errors = messages.filter(({ text }) => broken.length === 0 || !/^(preview|update) failed$/.test(text));
  const shown = [...titled("Policies that must hold", broken), ...said(errors, "error", "Errors")];
  return shown.length > 0 ? shown : titled("pulumi said", [stderr.trim() || "nothing"]);
}

/** What the program says of its plan, in its own words. */
function announcements({ messages }: Preview): string[] {
  const said = messages.filter(({ severity, resource }) => severity === "info" && resource === undefined);
  return said.length > 0 ? [block(said.map(({ text }) => text).join("\n"))] : [];
}

function imageTable(images: readonly ImageChange[]): string[] {
  if (images.length === 0) return [];
  const rows = images.map(({ change, image, places }) => [
    change,
    inCode(image),
    namesThatFit(places.map(inCode), ROW_BYTES, "places"),
  ]);
  return [whatFits(table(["", "image", "where"], rows), PART_BYTES, "images")];
}

function outputs({ outputs }: Preview): string[] {
  return outputs.length > 0 ? [`Outputs that change: ${namesThatFit(outputs.map(inCode), PART_BYTES, "outputs")}`] : [];
}

function policyLine(packs: readonly PolicyPack[], failed: boolean): string {
  if (packs.length === 0) return failed ? "Policies: not reached." : "Policies: none ran.";
  const verdicts = packs.map(({ name, violations, complete }) => {
    const mandatory = violations.filter(({ level }) => level === "mandatory").length;
    if (violations.length === 0) {
      return complete ? `${inCode(name)} has no objection` : `${inCode(name)} did not come to judge the whole`;
    }
    return `${inCode(name)} objects: ${mandatory} mandatory, ${violations.length - mandatory} advisory`;
  });
  return `Policies: ${namesThatFit(verdicts, PART_BYTES, "packs")}.`;
}

function advice(packs: readonly PolicyPack[]): string[] {
  return titled(
    "Advice",
    objections(packs, (level) => level !== "mandatory"),
  );
}

function objections(packs: readonly PolicyPack[], wanted: (level: string) => boolean): string[] {
  return packs
    .flatMap((pack) => pack.violations)
    .filter(({ level }) => wanted(level))
    .map(({ policy, resource, text }) => `${policy}${resource ? ` (${resource})` : ""}:\n${indent(text)}`);
}

function said(messages: readonly Message[], severity: Message["severity"], title: string): string[] {
  const ofIt = messages.filter((message) => message.severity === severity);
  return titled(
    title,
    ofIt.map(({ resource, text }) => (resource === undefined ? text : `${resource}:\n${indent(text)}`)),
  );
}

function titled(title: string, texts: readonly string[]): string[] {
  return texts.length > 0 ? [`**${title}**`, block(texts.map(cut).join("\n"))] : [];
}

/** Every step, as far as they fit into `room` bytes; folded. */
function listing({ steps, unchanged }: Preview, room: number): string {
  if (steps.length === 0) return "";
  const counts = new Map<string, number>();
  for (const { op } of steps) counts.set(op, (counts.get(op) ?? 0) + 1);
  const summary = [...[...counts].map(([op, count]) => `${count} to ${op}`), `${unchanged} unchanged`].join(", ");
  const head = `<details><summary>All changes: ${summary}</summary>\n\n`;
  const tail = "\n\n</details>\n\n";
  // What runs at once comes in any order; a comment that changes without a change is no help.
  const ordered = [...counts.keys()].flatMap((op) => steps.filter((step) => step.op === op).sort(byName));
  const rows = ordered.map(({ op, type, name, changed }) => [
    op,
    inCode(type),
    inCode(name) + (changed.length > 0 ? `: ${namesThatFit(changed.map(inCode), ROW_BYTES, "properties")}` : ""),
  ]);
  const fitting = whatFits(
    table(["", "type", "name"], rows),
    room - Buffer.byteLength(head) - Buffer.byteLength(tail),
    "changes",
  );
  return `${head}${fitting}${tail}`;
}

function byName(a: Step, b: Step): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.type < b.type ? -1 : a.type > b.type ? 1 : 0;
}

function footer({ stack, commit, runUrl }: About): string {
  const what = commit === undefined ? "" : ` at commit ${commit}`;
  const where = runUrl === undefined ? "" : ` · [the whole log](${runUrl})`;
  return `<sub>Stack ${inCode(stack)}${what}${where}</sub>\n`;
}

function block(text: string): string {
  return codeBlock(whatFits(text, PART_BYTES, "lines"));
}

function cut(text: string): string {
  return whatFits(text, MESSAGE_BYTES, "lines");
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
