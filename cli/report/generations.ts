/** One section for what each generation is made from and what is new in it, and the disks of all. */
import { identityReasons, archReasons } from "../../model/plan/reasons";
import { shortDigest, type DiskFacts, type ImagePlan, type LedgerEntry } from "../../model/plan";
import { badge, code, joined, muted, strong, type Block, type Inline } from "./document";
import { newestFirst, usersOf, type Facts } from "./facts";
import { age, digestOf, duration, listed, many, moment, size } from "./format";
import { sum } from "./costs";
import { packageChanges, type PackageChanges } from "./packages";

/** Longer lists are folded. */
const SHOWN_PACKAGES = 12;

export function changes(facts: Facts): Block[] {
  const generations = newestFirst(facts);
  return [
    { kind: "heading", text: "What changed" },
    ...generations.flatMap((entry, index) => section(entry, generations[index + 1], facts)),
  ];
}

function section(entry: LedgerEntry, before: LedgerEntry | undefined, facts: Facts): Block[] {
  const users = usersOf(entry, facts).map((stack) => badge(stack));
  return [
    {
      kind: "subheading",
      text: [entry.id, " ", ...users, muted(` ${subtitle(entry, before, facts.now)}`)],
    },
    { kind: "paragraph", content: source(entry) },
    ...(before === undefined
      ? [{ kind: "paragraph" as const, content: muted("The oldest that is kept: nothing to compare it with.") }]
      : difference(entry, before, facts)),
  ];
}

function subtitle({ builtAt }: LedgerEntry, before: LedgerEntry | undefined, now: Date): string {
  const against = before === undefined ? "" : `, compared with ${before.id}`;
  return `${age(builtAt, now)} old, ${moment(builtAt)}${against}`;
}

function source({ identity }: LedgerEntry): Inline {
  const { source, from } = identity;
  const made =
    source.kind === "image"
      ? ["Image ", source.reference, " ", code(shortDigest(source.digest), source.digest)]
      : ["Context ", source.context, " ", digestOf(source.hash)];
  const bases = Object.entries(from).map(([name, digest]) => ["FROM ", name, " ", digestOf(digest)]);
  return joined([made, ...bases], " · ");
}

function difference(entry: LedgerEntry, before: LedgerEntry, facts: Facts): Block[] {
  const archs = (generation: LedgerEntry) => generation.images.map(({ arch }) => arch);
  const reasons = [
    ...identityReasons(before.identity, entry.identity),
    ...archReasons(archs(before), archs(entry)),
    ...(entry.refresh > before.refresh ? ["rebuilt because time had passed"] : []),
  ];
  const stories = packageChanges(before, entry, facts.packages);
  return [
    {
      kind: "list",
      items: [
        ...(reasons.length > 0 ? reasons : [`nothing in its source differs from ${before.id}`]),
        ...stories.map(({ archs, changes }): Inline => [
          strong(`Packages, ${listed(archs)}:`),
          " ",
          packages(changes, before),
        ]),
      ],
    },
    ...stories.flatMap(({ archs, changes }) => (changes.kind === "compared" ? longLists(archs, changes) : [])),
  ];
}

function packages(changes: PackageChanges, before: LedgerEntry): Inline {
  switch (changes.kind) {
    case "same":
      return `the same disk as in ${before.id}`;
    case "unknown":
      return `not compared: ${changes.why}`;
    case "compared": {
      const { updated, added, removed } = changes;
      const parts = [counted(updated, "updated"), counted(added, "added"), counted(removed, "removed")].flat();
      return parts.length === 0 ? "no difference" : joined(parts, "; ");
    }
  }
}

function counted(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  return [`${names.length} ${what}${names.length > SHOWN_PACKAGES ? "" : ` (${names.join(", ")})`}`];
}

function longLists(archs: readonly string[], changes: Extract<PackageChanges, { kind: "compared" }>): Block[] {
  const { updated, added, removed } = changes;
  return Object.entries({ updated, added, removed }).flatMap(([what, names]): Block[] =>
    names.length <= SHOWN_PACKAGES
      ? []
      : [
          {
            kind: "fold",
            summary: `${many(names.length, "package")} ${what} on ${listed(archs)}`,
            blocks: [{ kind: "list", items: names }],
          },
        ],
  );
}

export function disks(facts: Facts): Block[] {
  const [newest, ...older] = newestFirst(facts).map(disksTable);
  return [
    { kind: "heading", text: "Disks" },
    ...(newest === undefined ? [] : [newest]),
    ...(older.length === 0 ? [] : [{ kind: "fold" as const, summary: "Disks of older generations", blocks: older }]),
  ];
}

function disksTable(entry: LedgerEntry): Block {
  return {
    kind: "table",
    caption: `${entry.id}: sizes, build and digests of each disk`,
    columns: [
      { title: "Disk" },
      ...["Virtual", "Data", "Stored", "Build"].map((title) => ({ title, holds: "figures" as const })),
      { title: "Worker" },
      { title: "First boot" },
      { title: "OCI image" },
      { title: "Raw disk, sha256" },
    ],
    rows: entry.images.map((image) => diskRow(entry, image)),
  };
}

function diskRow(entry: LedgerEntry, { arch, key }: ImagePlan): Inline[] {
  const name = [entry.id, " ", strong(arch)];
  const disk = entry.disks[key];
  if (disk === undefined) return [name, ...Array.from({ length: 8 }, () => muted("unknown"))];
  return [
    name,
    size(disk.sizeBytes),
    size(disk.dataBytes),
    size(disk.storedBytes),
    duration(sum(Object.values(disk.seconds))),
    [disk.worker.type, muted(` ${disk.worker.platform}`)],
    firstBoot(disk),
    digestOf(disk.imageDigest),
    digestOf(disk.sha256),
  ];
}

/** Before it was sent, where it was built. */
function firstBoot({ firstBoot: boot }: DiskFacts): Inline {
  if (boot === undefined) return muted("off");
  if ("notBooted" in boot) return muted(`left out: ${boot.notBooted}`);
  return [duration(boot.seconds), muted(boot.by === "kvm" ? " KVM" : " emulated")];
}
