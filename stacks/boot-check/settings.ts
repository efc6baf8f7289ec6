/** The boot check's settings: its job, and which try it is. */
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { BootJob } from "../../components/jobs";
import { placeSchema } from "../../infra/specs";
import { ARCHITECTURES } from "../../infra/words";
import { parse, sha256Schema } from "../../contract/schemas/parse";
import { identitySchema } from "../../provider/owner";

const jobSchema: z.ZodType<BootJob> = z.object({
  key: sha256Schema,
  arch: z.enum(ARCHITECTURES),
  imageId: z.string().min(1),
  place: placeSchema,
  lifetimeMinutes: z.int().min(1),
  boots: z.int().min(1),
  checks: z.array(z.string().min(1)),
  stack: z.string().min(1),
  identity: identitySchema,
});

/** The outer stack says; one that a person starts by hand is the first. */
export function readAttempt(): number {
  return new pulumi.Config().getNumber("attempt") ?? 1;
}

export function readJob(): BootJob {
  return parseJob(new pulumi.Config().requireObject("job"));
}

export function parseJob(job: unknown): BootJob {
  return parse(jobSchema, job, 'the setting "job" of the boot check');
}
