/** At a glance: what each stack runs, and which image is where. */
import { behindText, type LedgerEntry } from "../../model/plan";
import { keptCosts, runCosts, sum } from "./costs";
import { imagesIn, type ImageAt, type ImagesOutput } from "../../model/outputs";
import { dueBlocks } from "./due/table";
import { alert, badge, code, joined, muted, strong, type Block, type Card, type Inline } from "./document";
import { totalOf } from "./money";
import { newestFirst, same, usersOf, type Facts, type Reader } from "./facts";
import { age, listed, many, moment, usd } from "./format";

export function overview(facts: Facts): Block[] {
  return [
    {
      kind: "cards",
      cards: [...facts.readers.map((reader) => readerCard(reader, facts)), ownCard(facts), costCard(facts)],
    },
    ...unfinishedNotice(facts),
    ...behindNotice(facts),
    ...dueBlocks(facts),
    { kind: "heading", text: "Images" },
    imagesTable(facts),
  ];
}

function ownCard(facts: Facts): Card {
  const { stack, outputs } = facts;
  const from = outputs.promotedFrom;
  return {
    title: `${stack} runs`,
    figure: outputs.generations[0]?.id ?? "nothing",
    lines: [
      ...sinceLines(outputs.generations, facts.now),
      from === undefined ? "builds here" : `promoted from ${from}`,
      ...(outputs.identity === undefined ? [] : [muted(`identity ${outputs.identity}`)]),
    ],
    important: from !== undefined,
  };
}

function readerCard(reader: Reader, facts: Facts): Card {
  const title = `${reader.stack} runs`;
  if ("problem" in reader) {
    return { title, figure: "unknown", lines: [alert("not readable"), reader.problem], important: true };
  }
  const { generations } = reader.outputs;
  return {
    title,
    figure: generations[0]?.id ?? "nothing",
    lines: [...sinceLines(generations, facts.now), distance(generations[0], facts)],
    important: true,
  };
}

function sinceLines([current, previous]: readonly LedgerEntry[], now: Date): Inline[] {
  if (current === undefined) return [];
  return [
    strong(`built ${age(current.builtAt, now)} ago`),
    muted(moment(current.builtAt)),
    previous === undefined ? "nothing to go back to yet" : `to go back to: ${previous.id}`,
  ];
}

function costCard(facts: Facts): Card {
  const generations = newestFirst(facts);
  const [newest] = generations;
  return {
    title: "Estimated cost",
    figure: usd(sum(keptCosts(generations, facts.store).map((cost) => cost.usd ?? 0))),
    lines: [
      [strong("a month"), " for all that is kept"],
      ...(newest === undefined ? [] : [`${totalOf(runCosts(newest, generations))} for the workers of ${newest.id}`]),
      muted("list prices; see below for what has none"),
    ],
  };
}

/** How far a reader is behind the stack that this report is about. */
function distance(current: LedgerEntry | undefined, facts: Facts): Inline {
  const known = newestFirst(facts);
  const behind = known.findIndex((entry) => same(entry, current));
  if (behind < 0) return alert(`not a generation of ${facts.stack}`);
  const newest = known[0]?.id ?? "";
  return behind === 0
    ? `the newest of ${facts.stack}`
    : `${many(behind, "generation")} behind ${facts.stack}'s ${newest}`;
}

/** `g4 is unfinished: x86_64 is there; aarch64, ppc64le are missing` */
function unfinishedNotice({ outputs }: Facts): Block[] {
  const { unfinished } = outputs;
  if (unfinished === undefined || unfinished === null) return [];
  const there = archsOf(unfinished.images);
  // An architecture of which nothing is there needs no list of its places.
  const missing = [...new Set(unfinished.missing.map((what) => shortly(what, there)))];
  const be = (names: readonly string[]) => (names.length === 1 ? "is" : "are");
  return [
    {
      kind: "notice",
      content: [
        strong(`${unfinished.generation} is unfinished:`),
        there.length === 0 ? " nothing is there yet" : ` ${there.join(", ")} ${be(there)} there`,
        missing.length === 0 ? "" : `; ${missing.join(", ")} ${be(missing)} missing`,
        ". Nobody uses it before it is complete.",
      ],
    },
  ];
}

/** What is left alone is forgotten unless it is said. */
function behindNotice({ outputs }: Facts): Block[] {
  const [current] = outputs.generations;
  const { behind = [], id = "" } = current ?? {};
  return behind.map((one): Block => ({
    kind: "notice",
    content: [alert("Left alone:"), ` ${one.arch} in ${behindText(one, id)}.`],
  }));
}

/** @param what `ARCH in PLACE` */
function shortly(what: string, there: readonly string[]): string {
  const arch = what.split(" ")[0] ?? what;
  return there.includes(arch) ? what : arch;
}

/** The last step of a path is the architecture. */
function archsOf(images: ImagesOutput): string[] {
  const leaves = (tree: ImagesOutput): string[] =>
    Object.entries(tree).flatMap(([key, value]) => (typeof value === "string" ? [key] : leaves(value)));
  return [...new Set(leaves(images))].sort();
}

/** Generations across, places down: each id that there is. */
function imagesTable(facts: Facts): Block {
  const generations = newestFirst(facts);
  const byPath = generations.map(idsByPath);
  const paths = [...new Set(byPath.flatMap((ids) => [...ids.keys()]))].sort();
  return {
    kind: "table",
    caption: "Images by target and architecture, newest generation first",
    columns: [
      { title: "Target, architecture" },
      ...generations.map((entry) => ({
        title: entry.id,
        badges: userBadges(entry, facts),
        note: `built ${moment(entry.builtAt)}`,
      })),
    ],
    rows: paths.map((path) => [
      pathText(path),
      ...byPath.map((ids) => {
        const image = ids.get(path);
        if (image === undefined) return muted("none");
        const { imageId = "", older } = image;
        return older === undefined ? code(imageId) : [code(imageId), " ", alert(`still ${older.generation}`)];
      }),
    ]),
  };
}

function userBadges(entry: LedgerEntry, facts: Facts): Inline[] {
  const users = usersOf(entry, facts);
  return users.length === 0 ? [] : [badge(`${listed(users)} ${users.length === 1 ? "runs" : "run"} this`)];
}

function idsByPath(entry: LedgerEntry): ReadonlyMap<string, ImageAt> {
  return new Map(imagesIn(entry).map((image) => [JSON.stringify(image.path), image]));
}

function pathText(path: string): Inline {
  const steps = JSON.parse(path) as string[];
  return joined([...steps.slice(0, -1), strong(steps.at(-1) ?? "")], " / ");
}
