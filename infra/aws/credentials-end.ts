/** Credentials that end before the run may: nobody can take away then what it has made. */
import { clockText } from "../../provider/credentials-end";
import type { Finding } from "../platform";
import type { Clients } from "./ask";

/** @param minutes that the run may take at most */
export async function endFinding(
  { ends }: Pick<Clients, "ends">,
  minutes: number | undefined,
  now: Date,
): Promise<Finding[]> {
  if (minutes === undefined) return [];
  const end = await ends?.();
  const last = new Date(now.getTime() + minutes * 60_000);
  if (end === undefined || end >= last) return [];
  return [
    {
      path: "aws",
      problem: `the credentials of the environment end at ${clockText(end)}, and the run may take until ${clockText(last)}`,
      remedy:
        "sign in again, or take credentials that are renewed: AWS_PROFILE with sso_session, a role or credential_process, " +
        "web identity, or the role of the machine; a shorter buildTimeoutMinutes helps too",
    },
  ];
}
