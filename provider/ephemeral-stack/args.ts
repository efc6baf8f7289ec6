/** Inputs of an EphemeralStack: their schema, their defaults, and the record of finished work. */
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { isRecord } from "../../contract/is-record";
import { type Decoded } from "../codec";
import { expectedBuildSchema } from "../../contract/schemas/commit-record";
import { failures, storeSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import { MOST_ALTERNATIVES, MOST_ATTEMPTS } from "../../contract/attempts";
import type { CheckFailure, Properties } from "../handler";

/** Of all attempts together, where nothing else is said. */
export const TIMEOUT_MINUTES = 120;

/** `key` (of the inner project) or `project:key`. */
const CONFIG_KEY = /^([^:]+:)?[^:]+$/;
const CONFIG_KEY_PROBLEM = "must be KEY or PROJECT:KEY";
const configSchema = z.record(z.string().regex(CONFIG_KEY, CONFIG_KEY_PROBLEM), z.json());

const recordSchema = z.object({
  store: storeSchema,
  object: z.string().min(1),
  objectsField: z.string().min(1).default("objects"),
  build: expectedBuildSchema.exactOptional(),
  signed: z.object({ signature: z.string().min(1), trusted: z.array(z.string().min(1)).min(1) }).exactOptional(),
});

export const leaseSchema = z.object({ store: storeSchema, folder: z.string().min(1) });
export type LeaseArgs = z.infer<typeof leaseSchema>;

/** What a stack may be called. */
const NAMESPACE = /^[A-Za-z0-9_.-]+$/;

const argsSchema = z.object({
  program: z.string().superRefine((program, context) => {
    const problem = !isAbsolute(program)
      ? "must be an absolute path"
      : !existsSync(join(program, "Pulumi.yaml"))
        ? `"${program}" holds no Pulumi.yaml`
        : undefined;
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  }),
  key: z.string().min(1),
  again: z.string().min(1).optional(),
  formerKeys: z.array(z.string().min(1)).default([]),
  namespace: z.string().regex(NAMESPACE, "must be letters, digits, `.`, `_`, `-`").optional(),
  lease: leaseSchema.optional(),
  config: configSchema.default({}),
  secrets: configSchema.default({}),
  attempts: z.int().min(1).max(MOST_ATTEMPTS).default(2),
  alternatives: z.int().min(1).max(MOST_ALTERNATIVES).default(1),
  workTypes: z.array(z.string().min(1)).default([]),
  timeoutMinutes: z.number().positive().max(1440).default(TIMEOUT_MINUTES),
  keepOnFailure: z.boolean().default(false),
  continues: z.array(z.string().min(1)).default([]),
  quickTypes: z.array(z.string().min(1)).default([]),
  finalErrors: z.array(z.string().min(1)).default([]),
  finalTypes: z.array(z.string().min(1)).default([]),
  supersedes: z
    .string()
    .regex(/^[A-Za-z0-9._*-]+$/, "must be a name, `*` for any characters")
    .optional(),
  record: recordSchema.optional(),
  policyPack: z
    .object({
      folder: z.string().refine(isAbsolute, "must be an absolute path"),
      config: z.string().min(1).exactOptional(),
    })
    .optional(),
  attemptKey: z.string().regex(CONFIG_KEY, CONFIG_KEY_PROBLEM).optional(),
  attemptNames: z.array(z.string().min(1)).default([]),
});

export type EphemeralArgs = z.infer<typeof argsSchema>;
export type RecordArgs = z.infer<typeof recordSchema>;

export function checkArgs(news: Decoded): readonly CheckFailure[] {
  const { config, secrets, attemptKey } = news.value;
  const ours =
    typeof attemptKey === "string" ? [config, secrets].some((map) => isRecord(map) && attemptKey in map) : false;
  const both = isRecord(config) && isRecord(secrets) ? Object.keys(config).filter((key) => key in secrets) : [];
  return [
    ...failures(argsSchema, news),
    ...(ours ? [{ property: "attemptKey", reason: "is in `config` or `secrets` too; its value is the attempt" }] : []),
    ...both.map((key) => ({ property: `secrets.${key}`, reason: "is in `config` too; say it in one place" })),
  ];
}

export function readArgs(properties: Properties): EphemeralArgs {
  return parse(argsSchema, properties, "the inputs of an EphemeralStack");
}

/** What the state keeps: enough to find what may be left of it. */
const stateSchema = z.object({
  key: z.string(),
  program: z.string(),
  stack: z.string(),
  lease: leaseSchema.optional(),
});
export type EphemeralState = z.infer<typeof stateSchema>;

export function readState(properties: Properties): EphemeralState {
  return parse(stateSchema, properties, "the state of an EphemeralStack");
}
