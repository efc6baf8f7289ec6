/** What the report says, before it is HTML or Markdown: both say the same because both are written from this. */

/** Text with a meaning. `full` is what `text` is short for: a title in HTML, written out in Markdown. */
export interface Styled {
  readonly style: "strong" | "muted" | "code" | "badge" | "alert";
  readonly text: string;
  readonly full?: string;
}

/** Running text; parts of a list stand side by side. */
export type Inline = string | Styled | readonly Inline[];

export interface Column {
  readonly title: string;
  /** Beside the title. */
  readonly badges?: readonly Inline[];
  /** Below the title: since when. */
  readonly note?: string;
  /** Figures are aligned to the right; sentences have the whole width of a phone. @default a few words */
  readonly holds?: "figures" | "sentences";
}

/** What one stack runs, in large letters. */
export interface Card {
  readonly title: string;
  readonly figure: string;
  readonly lines: readonly Inline[];
  /** Production stands out. @default false */
  readonly important?: boolean;
}

/** One bar, of parts that stand for seconds. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly seconds: number }[];
  /** What stands beside it. @default the sum of its parts */
  readonly result?: string;
}

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "subheading"; readonly text: Inline }
  | { readonly kind: "paragraph"; readonly content: Inline }
  | { readonly kind: "notice"; readonly content: Inline }
  | { readonly kind: "list"; readonly items: readonly Inline[] }
  | { readonly kind: "cards"; readonly cards: readonly Card[] }
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly columns: readonly Column[];
      /** The first cell of a row is its header. */
      readonly rows: readonly (readonly Inline[])[];
    }
  | {
      readonly kind: "bars";
      readonly caption: string;
      readonly groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[];
    }
  /** Detail that is closed at first. */
  | { readonly kind: "fold"; readonly summary: Inline; readonly blocks: readonly Block[] };

export interface ReportDocument {
  readonly title: string;
  readonly subtitle: Inline;
  readonly blocks: readonly Block[];
  readonly footer: Inline;
}

export const strong = (text: string): Styled => ({ style: "strong", text });
export const muted = (text: string): Styled => ({ style: "muted", text });
export const badge = (text: string): Styled => ({ style: "badge", text });
export const alert = (text: string): Styled => ({ style: "alert", text });
export const code = (text: string, full?: string): Styled => ({
  style: "code",
  text,
  ...(full === undefined || full === text ? {} : { full }),
});

/** Parts with something between them. */
export function joined(parts: readonly Inline[], separator: string): Inline {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}

/** Without style. */
export function plain(content: Inline): string {
  if (typeof content === "string") return content;
  return "style" in content ? content.text : content.map(plain).join("");
}
