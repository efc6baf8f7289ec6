/** What the store is used with ends: before the run, or before a worker sends the disk that it has built. */
import type { Finding } from "../infra/platform";
import { clockText, type CredentialsEnd } from "../provider/credentials-end";

export interface RunTimes {
  readonly now: Date;
  /** That the run may take at most. */
  readonly minutes: number;
  /** That a build may take, of the attempts that there are. */
  readonly buildMinutes: number;
  readonly attempts: number;
}

const SPARES =
  "longer sessions spare it: duration_seconds of the profile's role, the session duration of the permission set";

/** A worker has addresses that are signed as its build begins, and hold as long as the session that has signed them. */
export function sessionFindings(end: CredentialsEnd | undefined, times: RunTimes): Finding[] {
  if (end === undefined) return [];
  const { now, minutes, buildMinutes, attempts } = times;
  const path = "store";
  const last = after(now, end.isRenewed ? buildMinutes : minutes);
  if (end.at >= last) return [];
  if (!end.isRenewed) {
    return [
      {
        path,
        problem: `the credentials of the environment end at ${clockText(end.at)}, and the run may take until ${clockText(last)}`,
        remedy:
          "sign in again, or take credentials that are renewed: AWS_PROFILE, a file (store.credentials), web identity, " +
          "or the role of the machine; a shorter buildTimeoutMinutes helps too",
      },
    ];
  }
  const problem =
    `what a worker sends its disk with is signed by a session that ends at ${clockText(end.at)} if it begins now, ` +
    `and a build may take until ${clockText(last)}`;
  return attempts > 1
    ? [
        {
          path,
          problem,
          remedy: `nothing stops for that: the next attempt sends the same disk, signed again; ${SPARES}`,
          note: true,
        },
      ]
    : [{ path, problem, remedy: `set attempts: 2: the second one sends the same disk, signed again; ${SPARES}` }];
}

function after(date: Date, minutes: number): Date {
  return new Date(date.getTime() + minutes * 60_000);
}
