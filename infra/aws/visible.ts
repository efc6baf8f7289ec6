/** What can't be looked at, and why: somebody who may not is told by the list of permissions, any other failure is a finding. */
import type { Finding } from "../platform";
import { errorText, isDenied } from "./ask";

const NO_WAY = { remedy: "see that AWS can be reached from here, then try again" };

/** Runs what reads; a denial says nothing here, any other failure is a finding. */
export async function visible<T>(
  region: string,
  look: () => Promise<T>,
  otherwise: Pick<Finding, "remedy" | "note"> = NO_WAY,
): Promise<{ readonly value?: T; readonly problems: readonly Finding[] }> {
  try {
    return { value: await look(), problems: [] };
  } catch (error) {
    if (isDenied(error)) return { problems: [] };
    return { problems: [{ path: "aws", problem: `${region} can't be looked at: ${errorText(error)}`, ...otherwise }] };
  }
}
