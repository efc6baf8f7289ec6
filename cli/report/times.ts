/** Where the time goes: the steps of each build, each publishing, each boot. */
import { STEPS } from "../../contract/commit-record";
import type { LedgerEntry } from "../../model/plan";
import { ARCHITECTURES } from "../../infra/words";
import { muted, strong, type Block, type Inline } from "./document";
import { newestFirst, type Facts } from "./facts";
import { duration } from "./format";
import { senderOf, senderText } from "./senders";

export function times(facts: Facts): Block[] {
  const generations = newestFirst(facts);
  const [newest, ...older] = generations.map((entry) => placesTable(entry, facts));
  return [
    { kind: "heading", text: "Times" },
    { kind: "bars", caption: "Build time by step", groups: buildBars(generations) },
    {
      kind: "bars",
      caption: "Boots in all places, from power-on to ready",
      groups: bootBars(generations),
    },
    ...(newest === undefined ? [] : [newest]),
    ...(older.length === 0
      ? []
      : [{ kind: "fold" as const, summary: "Publishing and boots of older generations", blocks: older }]),
  ];
}

function buildBars(generations: readonly LedgerEntry[]) {
  return ARCHITECTURES.flatMap((arch) => {
    const bars = generations.flatMap((entry) => {
      const key = entry.images.find((image) => image.arch === arch)?.key ?? "";
      const parts = Object.entries(entry.disks[key]?.seconds ?? {}).map(([name, seconds]) => ({ name, seconds }));
      return parts.length === 0 ? [] : [{ label: entry.id, parts: parts.sort((a, b) => step(a.name) - step(b.name)) }];
    });
    return bars.length === 0 ? [] : [{ title: arch, bars }];
  });
}

/** The engine keeps them in the order of the alphabet. */
function step(name: string): number {
  const index = STEPS.findIndex((one) => one === name);
  return index < 0 ? STEPS.length : index;
}

/** Over the generations: whether images boot more slowly than they did, or more unevenly. */
function bootBars(generations: readonly LedgerEntry[]) {
  return ARCHITECTURES.flatMap((arch) => {
    const bars = generations.flatMap(({ id: label, images, bootSeconds }) => {
      const places = images.filter((image) => image.arch === arch).flatMap((image) => image.places);
      const seconds = places.flatMap(({ id }) => bootSeconds[id] ?? []);
      if (seconds.length === 0) return [];
      const fastest = Math.min(...seconds);
      return [
        {
          label,
          result: range(seconds),
          parts: [
            { name: "to the fastest", seconds: fastest },
            { name: "on to the slowest", seconds: Math.max(...seconds) - fastest },
          ],
        },
      ];
    });
    return bars.length === 0 ? [] : [{ title: arch, bars }];
  });
}

function placesTable(entry: LedgerEntry, { documents }: Facts): Block {
  return {
    kind: "table",
    caption: `${entry.id}: publishing and boots by place`,
    columns: [
      { title: "Place" },
      { title: "Architecture" },
      { title: "Disk sent by" },
      { title: "Published in", holds: "figures" },
      { title: "Boots", holds: "figures" },
      { title: "Power-on to ready", holds: "figures" },
    ],
    rows: entry.images.flatMap(({ arch, key, places }) =>
      places.map((place): Inline[] => [
        strong(place.id),
        arch,
        senderText(senderOf(place, documents.get(key)?.sent)),
        ...published(entry, place.id),
        ...booted(entry.bootSeconds[place.id] ?? []),
      ]),
    ),
  };
}

function published({ publishSeconds }: LedgerEntry, id: string): Inline[] {
  const seconds = publishSeconds[id];
  return [seconds === undefined ? muted("not known") : duration(seconds)];
}

function booted(seconds: readonly number[]): Inline[] {
  if (seconds.length === 0) return ["0", muted("not booted")];
  return [String(seconds.length), range(seconds)];
}

/** `15.5 to 17.5 s` */
function range(seconds: readonly number[]): string {
  const [least = "", most = ""] = [Math.min(...seconds), Math.max(...seconds)].map((one) => one.toFixed(1));
  return least === most ? `${least} s` : `${least} to ${most} s`;
}
