/** The ledger: the output `generations` of the last run that succeeded, read back as data from outside. */
import { buildOptionsSchema } from "../../contract/schemas/build-options";
import { firstBootSchema } from "../../contract/schemas/first-boot";
import { shortened } from "../../contract/schemas/parse";
import { UserError } from "../../contract/user-error";
import * as z from "zod";
import { placeSchema } from "../../infra/specs";
import { ARCHITECTURES } from "../../infra/words";
import { PLAN_VERSION, type GenerationPlan, type LedgerEntry } from "./types";

/** The ledger cannot be used: from another version of this program, or damaged. */
export class LedgerError extends UserError {
  override readonly name = "LedgerError";
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, { error: "is not a sha256 digest" });
const hex64 = z.string().regex(/^[0-9a-f]{64}$/, { error: "is not 64 hex digits" });
const pinned = { reference: z.string(), digest };

export const identitySchema = z.strictObject({
  keyVersion: z.int(),
  source: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("context"),
      context: z.string(),
      hash: hex64,
      containerfile: z.string(),
      buildArgs: z.record(z.string(), z.string()),
      target: z.string().exactOptional(),
      options: buildOptionsSchema.exactOptional(),
      contexts: z
        .record(
          z.string(),
          z.union([z.strictObject({ folder: z.string(), hash: hex64 }), z.strictObject({ image: z.string() })]),
        )
        .exactOptional(),
    }),
    z.strictObject({ kind: z.literal("image"), ...pinned }),
  ]),
  from: z.record(z.string(), digest),
  recipe: z.strictObject({
    builder: z.strictObject(pinned),
    kind: z.literal("image-builder").exactOptional(),
    packaged: z.array(z.enum(ARCHITECTURES)).exactOptional(),
    rootfs: z.string(),
    args: z.array(z.string()),
    config: z.string().exactOptional(),
  }),
});

const place = z.strictObject({
  target: z.string(),
  id: z.string(),
  outputPath: z.array(z.string()).min(1),
  spec: placeSchema,
  identity: z.string().exactOptional(),
  remade: z.string().exactOptional(),
  takenOver: z.literal(true).exactOptional(),
  copyOf: z.string().exactOptional(),
});

const image = z.strictObject({
  arch: z.enum(ARCHITECTURES),
  key: hex64,
  name: z.string(),
  places: z.array(place),
  boot: z.strictObject({ boots: z.int(), timeoutMinutes: z.int(), checks: z.array(z.string()) }),
});

const behind = z.strictObject({
  arch: z.enum(ARCHITECTURES),
  place,
  until: z.string().exactOptional(),
  reason: z.string(),
  older: z
    .strictObject({ generation: z.string(), imageId: z.string().min(1), publishedIn: z.string() })
    .exactOptional(),
});

const seconds = z.number().min(0);
const bytes = z.int().min(0);

export const diskFactsSchema = z.strictObject({
  builtAt: z.iso.datetime(),
  sizeBytes: bytes,
  dataBytes: bytes,
  storedBytes: bytes,
  sha256: hex64,
  imageDigest: z.string(),
  seconds: z.record(z.string(), seconds),
  workerSeconds: seconds,
  worker: z.strictObject({ platform: z.string(), type: z.string() }),
  firstBoot: firstBootSchema.exactOptional(),
  packages: z.string().exactOptional(),
  recordSha256: hex64.exactOptional(),
  folder: z.string().exactOptional(),
});

export const entrySchema: z.ZodType<LedgerEntry> = z.strictObject({
  version: z.literal(PLAN_VERSION),
  id: z.string(),
  number: z.int().min(1),
  identity: identitySchema,
  refresh: z.int().min(0),
  images: z.array(image).min(1),
  behind: z.array(behind).exactOptional(),
  builtAt: z.iso.datetime(),
  published: z.record(z.string(), z.string().min(1)),
  bootSeconds: z.record(z.string(), z.array(seconds)),
  publishSeconds: z.record(z.string(), seconds),
  disks: z.record(hex64, diskFactsSchema),
});

/**
 * Reads the output `generations`; undefined is the ledger of a stack that never succeeded.
 * @returns as the stack put it out: what its outputs name first, before what they name as previous
 * @throws LedgerError with every problem and what to do
 */
export function parseLedger(output: unknown): LedgerEntry[] {
  if (output === undefined || output === null) return [];
  if (!Array.isArray(output)) throw damaged(["is not a list"]);
  const parsed = output.map((item: unknown, index) => parseEntry(item, index));
  const problems = parsed.flatMap((result) => result.problems);
  const entries = parsed.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  problems.push(...duplicates(entries));
  if (problems.length > 0) throw damaged(problems);
  return entries;
}

/** A generation with what became of it. */
export function ledgerEntry(generation: GenerationPlan, outcome: Omit<LedgerEntry, keyof GenerationPlan>): LedgerEntry {
  return { ...generation, ...outcome };
}

/** Reads the entry of the output `unfinished`; undefined where there is none. @throws LedgerError */
export function parseUnfinished(output: unknown): LedgerEntry | undefined {
  if (output === undefined || output === null) return undefined;
  const { entry, problems } = parseEntry((output as { entry?: unknown }).entry, 0);
  if (entry === undefined) throw damaged(problems, "unfinished");
  return entry;
}

function parseEntry(
  item: unknown,
  index: number,
): { readonly entry?: LedgerEntry; readonly problems: readonly string[] } {
  const version = typeof item === "object" && item !== null && "version" in item ? item.version : undefined;
  if (version !== undefined && version !== PLAN_VERSION) {
    throw new LedgerError(
      `output "generations"[${index}] has version ${shortened(JSON.stringify(version))}, and this program knows version ` +
        `${PLAN_VERSION}; run it with the version of copr-builders that wrote the output, or a newer one`,
    );
  }
  const result = entrySchema.safeParse(item);
  if (result.success) return { entry: result.data, problems: [] };
  return {
    problems: result.error.issues.map(({ path, message }) => shortened(`[${[index, ...path].join(".")}]: ${message}`)),
  };
}

function duplicates(entries: readonly LedgerEntry[]): string[] {
  const ids = entries.map(({ id }) => id);
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map(
    (id) => `${shortened(id)} is there twice`,
  );
}

function damaged(problems: readonly string[], output = "generations"): LedgerError {
  return new LedgerError(
    [
      `output "${output}" of the stack cannot be read; restore it from the history of the state`,
      '("pulumi stack history", "pulumi stack export --version N", "pulumi stack import"):',
      ...problems.map((problem) => `  ${problem}`),
    ].join("\n"),
  );
}
