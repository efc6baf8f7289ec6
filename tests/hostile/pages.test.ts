/** Texts on their way to people: pages, comments and terminals show them, and do nothing that they say. */
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../../agent/machine/lines";
import { previewMarkdown } from "../../cli/ci/markdown";
import { codeBlock, inCode, table } from "../../cli/ci/markdown-parts";
import type { Inline, ReportDocument } from "../../cli/report/document";
import { htmlPage } from "../../cli/report/html";
import { markdown } from "../../cli/report/markdown";
import { printable } from "../../contract/printable";
import { hold } from "./cases";
import { hostileText } from "./texts";

/** What GitHub and browsers make of a text; both are modules that can't be required. */
const parsers = Promise.all([import("marked"), import("parse5")]).then(([{ marked }, { parse }]) => ({
  marked,
  parse,
}));
type Parsers = Awaited<typeof parsers>;
type Token = ReturnType<Parsers["marked"]["lexer"]>[number];

/** Of what parse5 has, what counts here. */
interface Node {
  readonly nodeName: string;
  readonly tagName?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  readonly childNodes?: readonly Node[];
}

/** A text in each place that a report has. */
function report(next: () => string): ReportDocument {
  const styles = ["strong", "muted", "code", "badge", "alert"] as const;
  const inline = (): Inline => [next(), ...styles.map((style) => ({ style, text: next(), full: next() }))];
  const column = { title: next(), badges: [inline()] };
  const bar = {
    label: next(),
    parts: [
      { name: "build", seconds: 3 },
      { name: next(), seconds: 4 },
    ],
  };
  return {
    ...{ title: next(), subtitle: inline(), footer: inline() },
    blocks: [
      { kind: "heading", text: next() },
      { kind: "subheading", text: inline() },
      { kind: "paragraph", content: inline() },
      { kind: "paragraph", content: next() },
      { kind: "notice", content: inline() },
      { kind: "list", items: [inline(), next()] },
      { kind: "cards", cards: [{ title: next(), figure: next(), lines: [inline()] }] },
      {
        kind: "table",
        caption: next(),
        columns: [column, { title: next(), holds: "figures" }],
        rows: [[inline(), inline()]],
      },
      { kind: "bars", caption: next(), groups: [{ title: next(), bars: [bar] }] },
      { kind: "fold", summary: inline(), blocks: [{ kind: "paragraph", content: next() }] },
    ],
  };
}

/** As many texts as a report has places. */
let places = 0;
report(() => `${(places += 1)}`);
const texts = fc.array(
  hostileText({ least: 1 }).map((text) => `x${text}`),
  { minLength: places, maxLength: places },
);

function inTurn(all: readonly string[]): () => string {
  let at = 0;
  return () => all[at++] ?? "";
}
const plainly = Array.from({ length: places }, () => "x");

/** Elements and the names of their attributes, without texts. */
function skeleton({ tagName, attrs = [], childNodes = [] }: Node): unknown[] {
  const children = childNodes.flatMap(skeleton);
  if (tagName === undefined) return children;
  return [tagName, attrs.map(({ name, value }) => (name === "class" ? value : name)), children];
}

test("the report as a page has the same elements whatever it says", async () => {
  const { parse } = await parsers;
  const known = skeleton(parse(htmlPage(report(inTurn(plainly)))));
  await hold("the report as HTML", texts, (all) => {
    expect(skeleton(parse(htmlPage(report(inTurn(all)))))).toEqual(known);
  });
});

const INLINE_TEXT = ["text", "escape", "strong", "em", "codespan", "br"];

/** What Markdown makes of a text: everything but words and their emphasis. */
function structure(tokens: readonly Token[]): unknown[] {
  return tokens.flatMap((token): unknown[] => {
    if (token.type === "space") return [];
    const inner = "tokens" in token && token.tokens !== undefined ? structure(token.tokens) : [];
    if (INLINE_TEXT.includes(token.type)) return inner;
    if (token.type === "table") {
      const cells = [token.header, ...token.rows] as { tokens: Token[] }[][];
      return ["table", cells.map((row) => row.map((cell) => structure(cell.tokens)))];
    }
    if (token.type === "list") return ["list", (token.items as Token[]).map((item) => structure([item]))];
    return [[token.type, token.type === "html" || token.type === "link" ? token.raw : "", inner]];
  });
}

test("so has the report as Markdown: no link, no image, no HTML, no line that begins something", async () => {
  const { marked } = await parsers;
  const known = structure(marked.lexer(markdown(report(inTurn(plainly)))));
  await hold("the report as Markdown", texts, (all) => {
    expect(structure(marked.lexer(markdown(report(inTurn(all)))))).toEqual(known);
  });
});

test("a name in a comment is one piece of code, in a table too, and a message one block", async () => {
  const { marked } = await parsers;
  await hold("names in a comment", hostileText({ least: 1 }), (text) => {
    const [paragraph] = marked.lexer(`a ${inCode(`x${text}`)} b`);
    const inline = paragraph !== undefined && "tokens" in paragraph ? (paragraph.tokens ?? []) : [];
    expect(inline.map(({ type }) => type)).toEqual(["text", "codespan", "text"]);
    const blocks = marked.lexer(`${codeBlock(text)}\n\nend`).filter(({ type }) => type !== "space");
    expect(blocks.map(({ type }) => type)).toEqual(["code", "paragraph"]);
    const [found, ...more] = marked.lexer(table(["a", "b"], [[inCode(`x${text}`), "y"]]));
    expect([found?.type, more]).toEqual(["table", []]);
    const [row] = (found as { rows: { tokens: Token[] }[][] }).rows;
    expect(row?.map((cell) => cell.tokens.map(({ type }) => type))).toEqual([["codespan"], ["text"]]);
  });
});

test("a whole comment has the same structure whatever is said in it", async () => {
  const { marked } = await parsers;
  const comment = (text: string): string => {
    const said = (severity: "info" | "warning" | "error") => [
      { severity, text },
      { severity, text, resource: text },
    ];
    const step = { type: text, name: text, place: text, changed: [text] };
    const violation = { policy: text, resource: text, text };
    return previewMarkdown(
      {
        messages: [...said("info"), ...said("warning"), ...said("error")],
        steps: [
          { op: "create", ...step },
          { op: "update", ...step, parent: { type: "builders:index:PublishedImage", name: text, place: text } },
        ],
        ...{ unchanged: 1, outputs: [text], finished: true },
        policies: [
          {
            ...{ name: text, complete: true },
            violations: ["mandatory", "advisory"].map((level) => ({ level, ...violation })),
          },
        ],
      },
      {
        stack: "devel",
        commit: "a".repeat(40),
        runUrl: "https://github.com/o/r/actions/runs/1",
        exitCode: 1,
        stderr: text,
      },
    );
  };
  const known = structure(marked.lexer(comment("x")));
  await hold("a whole comment", hostileText({ least: 1 }), (text) => {
    const made = comment(`x${text}`);
    expect(Buffer.byteLength(made)).toBeLessThanOrEqual(65_000);
    expect(structure(marked.lexer(made))).toEqual(known);
  });
});

/** All that a terminal obeys, but the end of a line and the tabulator. */
const OBEYED = /(?![\n\t])[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

test("nothing is left that a terminal obeys, in what commands print and in what others say", async () => {
  await hold("lines for a terminal", hostileText({ most: 12 }), (text) => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 3) splitter.push(bytes.subarray(at, at + 3));
    splitter.end();
    for (const shown of [printable(text), ...lines]) {
      expect(shown).not.toMatch(OBEYED);
      expect(stripVTControlCharacters(shown)).toBe(shown);
    }
    expect(printable(printable(text))).toBe(printable(text));
  });
});
