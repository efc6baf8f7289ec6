/** What the parts of the preflight have in common. */
import { messageOf } from "../../contract/message-of";
import type { Finding, PlatformUse } from "../platform";
import type { IbmPlace, IbmWorker } from "./settings";

export type Use = Pick<PlatformUse<IbmWorker, IbmPlace>, "workers" | "places" | "boots" | "identity">;

/** The target that a place is of, as a path of the settings; a worker's stays. */
export function targetPath(place: string): string {
  return place.replace(/\.regions\[\d+\]$/, "");
}

/** What there is to say of one thing: nothing, what is wrong, or a note that holds nothing up. An error says itself. */
export async function asking(
  path: string,
  remedy: string,
  ask: () => Promise<string | { readonly note: string } | undefined>,
): Promise<Finding[]> {
  try {
    const problem = await ask();
    if (problem === undefined) return [];
    return [
      typeof problem === "string" ? { path, problem, remedy } : { path, problem: problem.note, remedy, note: true },
    ];
  } catch (error) {
    return [{ path, problem: messageOf(error), remedy }];
  }
}
