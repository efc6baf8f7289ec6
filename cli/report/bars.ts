/** Stacked bars: SVG for the bars, whose widths are shares, and HTML for the text, which keeps its size on a phone. */
import { sum } from "./costs";
import type { Bar } from "./document";
import { duration } from "./format";
import { html, type Markup } from "./markup";
import { STEP_COLOURS } from "./style";

export function barsFigure(
  caption: string,
  groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[],
): Markup {
  const bars = groups.flatMap((group) => group.bars);
  const steps = [...new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const longest = Math.max(1, ...bars.map(total));
  const legend = steps.map((step) => html`<li>${swatch(steps, step)}${step}</li>`);
  const rows = groups.map(
    (group) =>
      html`<h3>${group.title}</h3>
        ${group.bars.map((bar) => row(group.title, bar, steps, longest))} `,
  );
  return html`<figure>
    <figcaption>${caption}</figcaption>
    <ul class="legend">
      ${legend}
    </ul>
    <div class="bars">${rows}</div>
  </figure> `;
}

function row(group: string, bar: Bar, steps: readonly string[], longest: number): Markup {
  const share = (seconds: number) => `${((100 * seconds) / longest).toFixed(2)}%`;
  const rects = bar.parts.map(({ name, seconds }, index) => {
    const before = sum(bar.parts.slice(0, index).map((part) => part.seconds));
    return html`<rect class="${colour(steps, name)}" x="${share(before)}" width="${share(seconds)}" height="100%"
      ><title>${name}: ${duration(seconds)}</title></rect
    >`;
  });
  const said = bar.parts.map(({ name, seconds }) => `${name} ${duration(seconds)}`).join(", ");
  return html`<span>${bar.label}</span><svg role="img" aria-label="${group} ${bar.label}: ${said}">${rects}</svg
    ><span class="total">${bar.result ?? duration(total(bar))}</span>`;
}

function swatch(steps: readonly string[], step: string): Markup {
  return html`<svg aria-hidden="true"><rect class="${colour(steps, step)}" width="100%" height="100%" rx="2" /></svg>`;
}

function colour(steps: readonly string[], step: string): string {
  return `step${steps.indexOf(step) % STEP_COLOURS}`;
}

function total({ parts }: Bar): number {
  return sum(parts.map(({ seconds }) => seconds));
}
