/** What the parts of the preflight have in common. */
import type { PlatformUse } from "../platform";
import type { IbmPlace, IbmWorker } from "./settings";

export type Use = Pick<PlatformUse<IbmWorker, IbmPlace>, "workers" | "places">;

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The target that a place is of, as a path of the settings; a worker's stays. */
export function targetPath(place: string): string {
  return place.replace(/\.regions\[\d+\]$/, "");
}
