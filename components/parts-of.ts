/** What a platform does, of those that were loaded for this run. */
import type { AnyParts } from "../infra/platform";
import type { PlatformName } from "../infra/specs";

/** @throws Error for one that was not loaded: the plan must name every platform that it uses */
export function partsOf(parts: ReadonlyMap<PlatformName, AnyParts>, platform: PlatformName): AnyParts {
  const its = parts.get(platform);
  if (its === undefined) throw new Error(`platform "${platform}" was not loaded`);
  return its;
}
