/** The report for programs: what the page says, as figures. */
import * as z from "zod";
import type { LedgerEntry } from "../../model/plan";
import { behindJson, behindSchema } from "../outputs/behind";
import { keptCosts, runCosts, sum } from "./costs";
import { newestFirst, usersOf, type Facts } from "./facts";
import { dues, unknownDues } from "./due";
import { dueJson, dueSchema } from "./due/json";
import { imageJson, imageSchema } from "./json-image";
import { packageChanges } from "./packages";
import { SEVERITIES } from "./scan";
import { vulnerabilitiesOf } from "./vulnerabilities";

const changes = z
  .strictObject({
    archs: z.array(z.string()),
    kind: z.enum(["compared", "same", "unknown"]),
    updated: z.array(z.string()),
    added: z.array(z.string()),
    removed: z.array(z.string()),
    why: z.string().nullable().meta({ description: "Why they could not be compared." }),
  })
  .meta({ description: "Packages, against the generation before." });

const vulnerable = z.strictObject({
  arch: z.string(),
  why: z.string().nullable().meta({ description: "Why they could not be joined." }),
  found: z.array(
    z.strictObject({
      id: z.string(),
      severity: z.enum(SEVERITIES),
      name: z.string(),
      version: z.string(),
      fixedIn: z.array(z.string()).meta({ description: "Versions without it; empty where none is known." }),
    }),
  ),
});

const usd = z.number().nullable().meta({ description: "Estimated from list prices; null where there is none." });

export const reportSchema = z
  .strictObject({
    stack: z.string(),
    at: z.string().meta({ description: "RFC 3339, UTC." }),
    identity: z.string().nullable(),
    promotedFrom: z.string().nullable(),
    stacks: z
      .array(z.strictObject({ stack: z.string(), generation: z.string().nullable(), problem: z.string().nullable() }))
      .meta({ description: "This one, those that promote from it, those named by --with: the generation in use." }),
    generations: z
      .array(
        z.strictObject({
          id: z.string(),
          builtAt: z.string(),
          usedBy: z.array(z.string()).meta({ description: "Stacks that use it now." }),
          images: z.array(imageSchema),
          behind: z.array(behindSchema).meta({ description: "Places that it is whole without." }),
          packages: z.array(changes),
          vulnerabilities: z.array(vulnerable).nullable().meta({
            description: "What a scanner has found in its packages; null where no --vulnerabilities was given.",
          }),
          workersUsd: usd,
        }),
      )
      .meta({ description: "Newest first." }),
    unfinished: z.strictObject({ generation: z.string(), missing: z.array(z.string()) }).nullable(),
    due: z
      .array(dueSchema)
      .meta({ description: "What ends or must be done: the first to come first, those without a date last." }),
    dueUnknown: z.array(z.string()).meta({ description: "Why some of it can't be told." }),
    kept: z
      .array(
        z.strictObject({ what: z.string(), count: z.number(), bytes: z.number(), usdPerMonth: usd, basis: z.string() }),
      )
      .meta({ description: "What is kept, and costs by the month." }),
  })
  .meta({ title: "Report", description: "What `npm run -s report -- --stack STACK --json` prints." });

export type Report = z.infer<typeof reportSchema>;

export function reportJson(facts: Facts): Report {
  const { stack, outputs, readers, now, store } = facts;
  const all = newestFirst(facts);
  const own = { stack, generation: outputs.generations[0]?.id ?? null, problem: null };
  const { unfinished } = outputs;
  return {
    stack,
    at: now.toISOString(),
    identity: outputs.identity ?? null,
    promotedFrom: outputs.promotedFrom ?? null,
    stacks: [own, ...readers.map(readerFacts)],
    generations: all.map((entry, index) => generation(entry, all[index + 1], facts)),
    unfinished: unfinished ? { generation: unfinished.generation, missing: [...unfinished.missing] } : null,
    due: dues(facts).map(dueJson),
    dueUnknown: [...unknownDues(facts)],
    kept: keptCosts(all, store).map(({ usd: month, ...cost }) => ({ ...cost, usdPerMonth: month ?? null })),
  };
}

function readerFacts(reader: Facts["readers"][number]): Report["stacks"][number] {
  const { stack } = reader;
  if ("problem" in reader) return { stack, generation: null, problem: reader.problem };
  return { stack, generation: reader.outputs.generations[0]?.id ?? null, problem: null };
}

function generation(entry: LedgerEntry, before: LedgerEntry | undefined, facts: Facts): Report["generations"][number] {
  const costs = runCosts(entry, facts.outputs.generations);
  const known = costs.every(({ price, seconds }) => price.kind !== "unknown" && seconds > 0);
  return {
    id: entry.id,
    builtAt: entry.builtAt,
    usedBy: usersOf(entry, facts),
    images: entry.images.map((one) => imageJson(one, entry, facts)),
    behind: behindJson(entry),
    packages: before === undefined ? [] : packageChanges(before, entry, facts.packages).map(story),
    vulnerabilities:
      facts.scan === undefined ? null : vulnerabilitiesOf(entry, facts.scan, facts.packages).map(joinedJson),
    workersUsd: known ? sum(costs.map((cost) => cost.usd ?? 0)) : null,
  };
}

function joinedJson({ arch, result }: ReturnType<typeof vulnerabilitiesOf>[number]): z.infer<typeof vulnerable> {
  if (result.kind === "unknown") return { arch, why: result.why, found: [] };
  return { arch, why: null, found: result.found.map((one) => ({ ...one, fixedIn: [...one.fixedIn] })) };
}

function story({
  archs,
  changes,
}: ReturnType<typeof packageChanges>[number]): Report["generations"][number]["packages"][number] {
  const nothing = { updated: [], added: [], removed: [], why: null };
  switch (changes.kind) {
    case "same":
      return { archs: [...archs], kind: "same", ...nothing };
    case "unknown":
      return { archs: [...archs], kind: "unknown", ...nothing, why: changes.why };
    case "compared": {
      const { updated, added, removed } = changes;
      return {
        archs: [...archs],
        kind: "compared",
        updated: [...updated],
        added: [...added],
        removed: [...removed],
        why: null,
      };
    }
  }
}
