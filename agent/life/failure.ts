import type { AgentResult } from "../../contract/agent-result";
import type { AgentSpec } from "../../contract/agent-spec";
import type { StepName } from "../../contract/commit-record";
import { workDigest } from "../../contract/parse-agent-spec";
import { StepError } from "../job/step-error";

/** What is told of a step that failed, with all its reasons. */
export function failure(spec: AgentSpec, step: StepName, reason: unknown): AgentResult {
  const known = reason instanceof StepError ? reason : undefined;
  const causes: string[] = [];
  for (let at: unknown = reason; at instanceof Error && causes.length < 5; at = at.cause) {
    // What wraps an error often says all that it says.
    const { message } = at;
    if (!causes.some((text) => text.includes(message))) causes.push(message);
  }
  return {
    ok: false,
    step,
    error: causes.join(": ") || String(reason),
    tail: known?.tail ?? [],
    permanent: known?.permanent ?? false,
    work: workDigest(spec),
  };
}
