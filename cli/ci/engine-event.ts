/** What of the engine's event log is read: one JSON object a line (apitype.EngineEvent). */
import { z } from "zod";

const record = z.record(z.string(), z.unknown());
const state = z.object({
  parent: z.string().optional(),
  /** False for a component. */
  custom: z.boolean().optional(),
  inputs: record.nullish(),
  outputs: record.nullish(),
});
const metadata = z.object({
  op: z.string(),
  urn: z.string(),
  old: state.nullish(),
  new: state.nullish(),
  detailedDiff: record.nullish(),
});
const pack = { policyPackName: z.string(), policyPackVersion: z.string().optional() };
const event = z.object({
  /** Seconds since 1970. */
  timestamp: z.number().optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  resourcePreEvent: z.object({ metadata }).optional(),
  resOutputsEvent: z.object({ metadata }).optional(),
  resOpFailedEvent: z.object({ metadata }).optional(),
  policyEvent: z
    .object({
      ...pack,
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
  policyAnalyzeSummaryEvent: z.object(pack).optional(),
  policyAnalyzeStackSummaryEvent: z.object(pack).optional(),
  summaryEvent: z.object({}).optional(),
});
export type EngineEvent = z.infer<typeof event>;
export type Metadata = z.infer<typeof metadata>;

/** @throws Error where the line is no event of the engine: its log has another format then */
export function parseEvent(line: string, number: number): EngineEvent {
  try {
    return event.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(`line ${number} of the engine's event log is not understood; is this a pulumi 3?`, { cause });
  }
}
