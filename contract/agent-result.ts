/** How an agent's work ended: the file that it leaves in the folder of a job. */
import type { CommitRecord, StepName } from "./commit-record";

/** Its name in the folder of a job. */
export const RESULT_FILE = "result.json";

/** Begins the error of a build that would fail again in the same way, whatever machine tries it. */
export const FINAL_BUILD_ERROR = "the Containerfile does not build";

/** How a job ended. */
export type AgentResult =
  | { readonly ok: true; readonly record: CommitRecord }
  | {
      readonly ok: false;
      readonly step: StepName;
      readonly error: string;
      /** Last lines of the command that failed. */
      readonly tail: readonly string[];
      /** The same work will fail the same way. */
      readonly permanent: boolean;
      /** What was asked for, see `workDigest`. */
      readonly work: string;
    };
