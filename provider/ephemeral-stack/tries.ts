/** Which attempt follows one that failed. Attempts are counted through: those of the first way to do it, then the next way's. */
import { alternativeOf } from "../../contract/attempts";
import type { EphemeralArgs } from "./args";

type Tries = Pick<EphemeralArgs, "attempts" | "alternatives" | "attemptNames">;

/** `attempt 2 of 6 (subnet-0a1b2c3d)` */
export function attemptText(attempt: number, { attempts, alternatives, attemptNames }: Tries): string {
  const name = attemptNames[attempt - 1];
  return `attempt ${attempt} of ${attempts * alternatives}${name === undefined ? "" : ` (${name})`}`;
}

/** Where an interrupted run goes on: with the alternative that it had come to, from its first attempt. */
export function resumedAttempt(noted: number | undefined, { attempts, alternatives }: Tries): number {
  if (noted === undefined || alternatives === 1) return 1;
  const alternative = Math.min(alternativeOf(noted, attempts), alternatives);
  return (alternative - 1) * attempts + 1;
}

/** @param failed types of the resources that failed; none where the program failed before it made any */
export function nextAttempt(
  attempt: number,
  args: Tries & Pick<EphemeralArgs, "workTypes">,
  failed: ReadonlySet<string>,
): number | undefined {
  const { attempts, alternatives, workTypes } = args;
  if (attempt % attempts !== 0) return attempt + 1;
  if (attempt >= attempts * alternatives) return undefined;
  // What the work itself said, it would say elsewhere.
  return workTypes.some((type) => failed.has(type)) ? undefined : attempt + 1;
}
