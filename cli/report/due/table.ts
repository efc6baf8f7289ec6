/** What is due, as people read it. */
import { alert, code, muted, strong, type Block, type Inline } from "../document";
import type { Facts } from "../facts";
import { age, moment } from "../format";
import { dues, unknownDues } from "./index";
import type { Due } from "./item";

export function dueBlocks(facts: Facts): Block[] {
  const all = dues(facts);
  const unknown = unknownDues(facts).map((why): Block => ({
    kind: "paragraph",
    content: muted(`Not all of it is known: ${why}`),
  }));
  return [
    { kind: "heading", text: "What is due" },
    ...(all.length === 0
      ? [{ kind: "paragraph" as const, content: muted("Nothing that is known of.") }]
      : [table(all, facts.now)]),
    ...unknown,
  ];
}

function table(all: readonly Due[], now: Date): Block {
  return {
    kind: "table",
    caption: "The first to come first",
    columns: [{ title: "When" }, { title: "What", holds: "sentences" }, { title: "To do", holds: "sentences" }],
    rows: all.map((due) => [when(due, now), due.what, todo(due)]),
  };
}

function todo({ remedy, command }: Due): Inline {
  if (remedy === undefined) return muted("nothing");
  return command === undefined ? remedy : [remedy, ": ", code(command)];
}

/** Date and distance break between each other only. */
const together = (text: string): string => text.replaceAll(" ", "\u00a0");

function when({ kind, at, day, after = "" }: Due, now: Date): Inline {
  if (at === undefined) return after;
  const date = strong(together(day ?? moment(at)));
  if (at.getTime() > now.getTime()) return [date, " ", muted(together(`in ${age(now.toISOString(), at)}`))];
  const past = together(`${age(at.toISOString(), now)} ago`);
  // What only may be done from then on is not late.
  return [date, " ", kind === "promotion" ? muted(past) : alert(past)];
}
