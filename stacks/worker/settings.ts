/** The worker's one setting: its job. */
import * as pulumi from "@pulumi/pulumi";
import type { WorkerJob } from "../../components/jobs";

/** An older generation is declared again for its record in the store; nobody can build it from today's source. */
const SOURCE_GONE =
  "this build belongs to an older generation, whose source is not here any more, and its record is not in the store; " +
  "restore the store, or let the generation go by lowering keepGenerations";

/** Which try this is: the outer stack says; one that a person starts by hand is the first. */
export function readAttempt(): number {
  return new pulumi.Config().getNumber("attempt") ?? 1;
}

export function readJob(): WorkerJob {
  const job = new pulumi.Config().requireObject<WorkerJob | null>("job");
  if (job === null) throw new Error(SOURCE_GONE);
  return job;
}
