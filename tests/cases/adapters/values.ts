/** Many values of one setting, each tried alone. */
import * as path from "node:path";
import { writeFileSync } from "node:fs";
import * as z from "zod";
import type { BuildSettings } from "../../../model/settings";
import { openStore } from "../../../provider/object-store";
import { setPath, words, type Run } from "../case";
import { messageSchema, outcome, refusalProblems } from "../messages";
import { buildSettings, isMistake } from "./sources";

const valuesSchema = z.array(
  z.strictObject({
    ...words,
    set: z.record(z.string(), z.unknown()),
    right: z.enum(["taken", "refused", "either"]),
    address: z.literal("path").exactOptional(),
    ...messageSchema.shape,
  }),
);
type Value = z.output<typeof valuesSchema>[number];

export async function values(run: Run): Promise<string[]> {
  run.expected(z.strictObject({}));
  const problems: string[] = [];
  for (const value of run.json("values.json", valuesSchema)) {
    const name = value.name ?? JSON.stringify(value.set).slice(0, 80);
    problems.push(...(await valueProblems(run, value)).map((problem) => `${name}: ${problem}`));
  }
  return problems;
}

async function valueProblems(run: Run, value: Value): Promise<string[]> {
  const { set, right, address, ...message } = value;
  const settings = run.settings();
  for (const [at, one] of Object.entries(set)) setPath(settings, at, one);
  const came = await outcome(() => buildSettings(settings), isMistake);
  if (right === "refused") return refusalProblems("value" in came ? { value: "no refusal" } : came, message);
  if ("refused" in came)
    return right === "either" ? refusalProblems(came, message) : [`wanted it taken, came: ${came.refused}`];
  const doubles = right === "either" ? Object.keys(set).filter((at) => hasDoubles(valueAt(came.value, at))) : [];
  return [
    ...doubles.map((at) => `wanted ${at} refused or without doubles, came it with them`),
    ...(address === undefined ? [] : await addressProblems(run, came.value)),
  ];
}

function valueAt(settings: unknown, at: string): unknown {
  return at
    .split(/[.[\]]+/)
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], settings);
}

function hasDoubles(list: unknown): boolean {
  return Array.isArray(list) && new Set(list.map((item) => JSON.stringify(item))).size < list.length;
}

/** An address that the store signs, for this machine and for workers, names the bucket in its path. */
async function addressProblems(run: Run, { store }: BuildSettings): Promise<string[]> {
  const file = path.join(run.folder, "credentials");
  writeFileSync(file, "[case]\naws_access_key_id = example\naws_secret_access_key = example\n");
  const opened = openStore({ ...store, credentials: { file, profile: "case" } });
  const signed = await Promise.all([
    opened.presignGet("object", { expiresSeconds: 60 }),
    opened.presignPut("object", { expiresSeconds: 60, forWorkers: true }),
  ]);
  return signed
    .map((one) => new URL(one))
    .filter(({ pathname }) => pathname !== `/${store.bucket}/object`)
    .map(({ origin, pathname }) => `wanted the bucket in the path of addresses, came: ${origin}${pathname}`);
}
