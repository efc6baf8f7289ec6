/** The report as Markdown (GitHub's, for its tables): the same content as the page. */
import { barsEscaped } from "../ci/markdown-parts";
import { printable } from "../../contract/printable";
import { assertNever } from "../../infra/words";
import { sum } from "./costs";
import type { Bar, Block, Inline, ReportDocument, Styled } from "./document";
import { duration } from "./format";

export function markdown({ title, subtitle, blocks, footer }: ReportDocument): string {
  const parts = [`# ${escaped(title)}`, inline(subtitle), ...blocks.map(block), inline(footer)];
  return `${parts.join("\n\n")}\n`;
}

function block(item: Block): string {
  switch (item.kind) {
    case "heading":
      return `## ${escaped(item.text)}`;
    case "subheading":
      return `### ${inline(item.text)}`;
    case "paragraph":
      return inline(item.content);
    case "notice":
      return `> ${inline(item.content)}`;
    case "list":
      return item.items.map((entry) => `- ${inline(entry)}`).join("\n");
    case "cards":
      return item.cards
        .map(
          ({ title, figure, lines }) => `- **${escaped(title)} ${escaped(figure)}**: ${lines.map(inline).join("; ")}`,
        )
        .join("\n");
    case "table":
      return table(item);
    case "bars":
      return bars(item);
    case "fold":
      return [`**${inline(item.summary)}**`, ...item.blocks.map(block)].join("\n\n");
    default:
      return assertNever(item);
  }
}

function table({ caption, columns, rows }: Extract<Block, { kind: "table" }>): string {
  const titles = columns.map(({ title, badges = [], note }) =>
    [escaped(title), ...badges.map(inline), ...(note === undefined ? [] : [escaped(note)])].join(" "),
  );
  return [
    `**${escaped(caption)}**\n`,
    line(titles),
    line(columns.map(({ holds }) => (holds === "figures" ? "--:" : ":--"))),
    ...rows.map((cells) => line(cells.map(inline))),
  ].join("\n");
}

/** A picture's numbers, as a table. */
function bars({ caption, groups }: Extract<Block, { kind: "bars" }>): string {
  const all = groups.flatMap(({ title, bars }) => bars.map((bar) => ({ title, bar })));
  const steps = [...new Set(all.flatMap(({ bar }) => bar.parts.map(({ name }) => name)))];
  const of = (bar: Bar, step: string) => bar.parts.find(({ name }) => name === step);
  const seconds = (bar: Bar) => sum(bar.parts.map((part) => part.seconds));
  return table({
    kind: "table",
    caption,
    columns: [
      { title: "Generation" },
      ...[...steps, "together"].map((title) => ({ title, holds: "figures" as const })),
    ],
    rows: all.map(({ title, bar }) => [
      `${bar.label} ${title}`,
      ...steps.map((step) => duration(of(bar, step)?.seconds ?? 0)),
      duration(seconds(bar)),
    ]),
  });
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function inline(content: Inline): string {
  if (typeof content === "string") return escaped(content);
  return "style" in content ? styled(content) : content.map(inline).join("");
}

/** What has a short form stands in full: there is no title to look it up in. */
function styled({ style, text, full = text }: Styled): string {
  switch (style) {
    case "strong":
      return text.trim() === "" ? "" : `**${escaped(full.trim())}**`;
    case "code":
      return codeSpan(full);
    case "badge":
      return `**(${escaped(full)})**`;
    case "alert":
      return `**${escaped(full)}**`;
    case "muted":
      return escaped(full);
    default:
      return assertNever(style);
  }
}

/** Nothing in a code span means anything but its end, and the bar of a table. */
function codeSpan(text: string): string {
  if (text.trim() === "") return "";
  return `\`${barsEscaped(text.replaceAll("`", "'").replace(/\s+/g, " "))}\``;
}

/** Also what GitHub takes for a link without any sign, and what means something at the beginning of a line. */
function escaped(text: string): string {
  return printable(text.replace(/\s+/g, " "))
    .replace(/[\\`*_[\]<>|#~&@]|:(?=\/\/)|(?<=www)\./gi, "\\$&")
    .replace(/^ ?([-+=])/, "\\$1")
    .replace(/^( ?\d+)([.)])/, "$1\\$2");
}
