import type { StepName } from "./commit-record";

/** One line of the agent's event log (JSON lines). */
export interface AgentEvent {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly step: StepName;
  /** What a person reads on the status line, e.g. `disk 1.2/3.0 GB`. */
  readonly text: string;
  /** True for output of a command (kept for the error), false for progress. */
  readonly output?: boolean;
}
