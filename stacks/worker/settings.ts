/** The worker's one setting: its job. */
import { UserError } from "../../contract/user-error";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { BUILD_SECRETS, LOGINS } from "../../components/image-build";
import { SECRET_ID, type BuildSecrets } from "../../contract/build-secrets";
import type { ProvenanceOrder } from "../../contract/provenance";
import type { JobSource, WorkerJob } from "../../components/jobs";
import { CONTEXT_NAME } from "../../contract/named-contexts";
import { DISK_BUILDERS } from "../../contract/disk-builder";
import type { LoginFile } from "../../contract/registry-login";
import { formSchema, workerSchema } from "../../infra/specs";
import { ARCHITECTURES } from "../../infra/words";
import { buildOptionsSchema } from "../../contract/schemas/build-options";
import { signaturePolicySchema } from "../../contract/schemas/signature-policy";
import { parse, sha256Schema } from "../../contract/schemas/parse";
import { cacheFolder } from "../../model/settings";
import { storeSchema } from "../../provider/inputs";
import { identitySchema } from "../../provider/owner";

const text = z.string().min(1);

const texts = z.record(z.string(), z.string());

const contextSchema = z.object({ hash: sha256Schema, files: texts.exactOptional() });
const namedContextSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("folder"), folder: text, context: contextSchema }),
  z.object({ kind: z.literal("image"), reference: text }),
]);

const sourceSchema: z.ZodType<JobSource> = z.discriminatedUnion("kind", [
  z.object({
    ...{ kind: z.literal("context"), folder: text, containerfile: text, buildArgs: texts, pins: texts },
    context: contextSchema,
    contexts: z.record(z.string().regex(CONTEXT_NAME), namedContextSchema).exactOptional(),
    target: text.exactOptional(),
    options: buildOptionsSchema.exactOptional(),
    heredocLine: z.int().positive().exactOptional(),
  }),
  z.object({ kind: z.literal("image"), reference: text }),
]);

const provenanceSchema: z.ZodType<ProvenanceOrder> = z.object({
  stack: text,
  startedBy: text,
  parameters: z.record(z.string(), z.unknown()),
  dependencies: z.array(
    z.object({
      name: text.exactOptional(),
      uri: text.exactOptional(),
      digest: texts,
      annotations: z.record(z.string(), z.union([z.string(), z.boolean()])).exactOptional(),
    }),
  ),
});

const jobSchema: z.ZodType<WorkerJob> = z.object({
  key: sha256Schema,
  arch: z.enum(ARCHITECTURES),
  worker: workerSchema({}),
  spares: z.array(workerSchema({})).exactOptional(),
  store: storeSchema,
  objects: z.object({ disk: text, packages: text, sbom: text, provenance: text, record: text }),
  source: sourceSchema,
  registries: z.array(z.object({ prefix: text, location: text, insecure: z.boolean() })),
  signatures: signaturePolicySchema.exactOptional(),
  authorities: z.array(text).exactOptional(),
  builder: z.object({
    image: text,
    kind: z.enum(DISK_BUILDERS).exactOptional(),
    packaged: z.literal(true).exactOptional(),
    rootfs: text,
    args: z.array(z.string()),
    config: z.string().exactOptional(),
    configFormat: z.enum(["toml", "json"]).exactOptional(),
  }),
  firstBoot: z
    .object({ mode: z.enum(["on", "auto"]), timeoutMinutes: z.int().min(1), checks: z.array(text) })
    .exactOptional(),
  provenance: provenanceSchema,
  needGib: z.number().nonnegative(),
  forms: z.array(formSchema),
  attempts: z.int().min(1),
  stack: text,
  identity: identitySchema,
});

/** An older generation is declared again for its record in the store; nobody can build it from today's source. */
const SOURCE_GONE =
  "this build belongs to an older generation, whose source is not here any more, and its record is not in the store; " +
  "restore the store, or let the generation go by lowering keepGenerations";

/** Which try this is: the outer stack says; one that a person starts by hand is the first. */
export function readAttempt(): number {
  return parseAttempt(new pulumi.Config().get("attempt"));
}

export function parseAttempt(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UserError('the setting "attempt" of the worker must be a whole number, 1 or more');
  return Number(text);
}

export function readJob(): WorkerJob {
  return parseJob(new pulumi.Config().requireObject("job"));
}

/** Where the stack that builds keeps what it knows of its contexts' files: it has the same environment. */
export const readContextCache = (): string | undefined => cacheFolder(process.env);

const loginsSchema: z.ZodType<LoginFile> = z.object({
  auths: z.record(text, z.object({ auth: text, identitytoken: text.exactOptional() })),
});

/** What it pulls with; a secret setting, absent where nothing asks for a login. */
export function readLogins(): pulumi.Output<LoginFile | undefined> {
  const found = new pulumi.Config().getSecretObject<object>(LOGINS);
  if (found === undefined) return pulumi.output(undefined);
  return found.apply((logins): LoginFile => parse(loginsSchema, logins, "the logins of the worker"));
}

const buildSecretsSchema: z.ZodType<BuildSecrets> = z.record(z.string().regex(SECRET_ID), z.string());

/** What its build is served; a secret setting, absent where there is nothing. */
export function readBuildSecrets(): pulumi.Output<BuildSecrets | undefined> {
  const found = new pulumi.Config().getSecretObject<object>(BUILD_SECRETS);
  if (found === undefined) return pulumi.output(undefined);
  return found.apply((secrets): BuildSecrets => parse(buildSecretsSchema, secrets, "the build secrets of the worker"));
}

export function parseJob(job: unknown): WorkerJob {
  if (job === null) throw new UserError(SOURCE_GONE);
  return parse(jobSchema, job, 'the setting "job" of the worker');
}
