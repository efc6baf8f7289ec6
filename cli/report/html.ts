/** The report as one page: no script, no request, nothing but this text. */
import { assertNever } from "../../infra/words";
import { barsFigure } from "./bars";
import { plain, type Block, type Card, type Column, type Inline, type ReportDocument, type Styled } from "./document";
import { html, Markup } from "./markup";
import { STYLE } from "./style";

export function htmlPage({ title, subtitle, blocks, footer }: ReportDocument): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="subtitle">${inline(subtitle)}</p>
          ${contents(blocks)} ${blocks.map(block)}
          <footer>${inline(footer)}</footer>
        </main>
      </body>
    </html> `.text;
}

function contents(blocks: readonly Block[]): Markup {
  const headings = blocks.flatMap((item) => (item.kind === "heading" ? [item.text] : []));
  return html`<nav aria-label="Contents">
    <ul>
      ${headings.map((text) => html`<li><a href="#${anchor(text)}">${text}</a></li>`)}
    </ul>
  </nav> `;
}

/** `what-is-due` */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function block(item: Block): Markup {
  switch (item.kind) {
    case "heading":
      return html`<h2 id="${anchor(item.text)}">${item.text}</h2> `;
    case "subheading":
      return html`<h3>${inline(item.text)}</h3> `;
    case "paragraph":
      return html`<p>${inline(item.content)}</p> `;
    case "notice":
      return html`<p class="notice" role="note">${inline(item.content)}</p> `;
    case "list":
      return html`<ul>
        ${item.items.map((entry) => html`<li>${inline(entry)}</li>`)}
      </ul> `;
    case "cards":
      return html`<div class="cards">${item.cards.map(card)}</div> `;
    case "table":
      return table(item);
    case "bars":
      return barsFigure(item.caption, item.groups);
    case "fold":
      return html`<details>
        <summary>${inline(item.summary)}</summary>
        ${item.blocks.map(block)}
      </details> `;
    default:
      return assertNever(item);
  }
}

function card({ title, figure, lines, important = false }: Card): Markup {
  return html`<section class="card${important ? " important" : ""}">
    <h2>${title}</h2>
    <div class="figure">${figure}</div>
    ${lines.map((line) => html`<p>${inline(line)}</p>`)}
  </section> `;
}

/** With roles: on a phone the rows are cards, and a browser would else forget that it is a table. */
function table({ caption, columns, rows }: Extract<Block, { kind: "table" }>): Markup {
  const head = columns.map(
    ({ title, badges = [], note, holds }) =>
      html`<th role="columnheader" scope="col" ${held(holds)}>
        ${title}${badges.map((one) => html` ${inline(one)}`)}${note === undefined ? "" : html` <span class="note">${note}</span>`}
      </th>`,
  );
  const row = (cells: readonly Inline[]) =>
    cells.map((cell, index) => {
      const column = columns[index];
      return index === 0
        ? html`<th role="rowheader" scope="row">${inline(cell)}</th>`
        : html`<td role="cell" data-label="${label(column)}" ${held(column?.holds)}>${value(cell)}</td>`;
    });
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${head}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (cells) =>
          html`<tr role="row">
            ${row(cells)}
          </tr> `,
      )}
    </tbody>
  </table> `;
}

function label(column: { readonly title: string; readonly badges?: readonly Inline[] } | undefined): string {
  if (column === undefined) return "";
  const { title, badges = [] } = column;
  return badges.length === 0 ? title : `${title} (${badges.map(plain).join(", ")})`;
}

/** In one element, so that it stays together beside its label. */
function value(cell: Inline): Markup | string {
  return plain(cell) === "" ? "" : html`<span>${inline(cell)}</span>`;
}

function held(holds: Column["holds"]): Markup {
  return new Markup(holds === undefined ? "" : ` class="${holds}"`);
}

function inline(content: Inline): Markup {
  if (typeof content === "string") return html`${content}`;
  return "style" in content ? styled(content) : html`${content.map(inline)}`;
}

function styled({ style, text, full }: Styled): Markup {
  const title = full === undefined ? "" : html` title="${full}"`;
  switch (style) {
    case "strong":
      return html`<strong${title}>${text}</strong>`;
    case "code":
      return html`<code${title}>${text}</code>`;
    case "muted":
    case "badge":
    case "alert":
      return html`<span class="${style}" ${title}>${text}</span>`;
    default:
      return assertNever(style);
  }
}
