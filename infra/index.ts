/** What platforms do. */
import * as PLATFORMS from "./platforms";
import type { AnyParts } from "./platform";
import type { PlatformName } from "./specs";

/** @throws UnsupportedError where the settings know a platform that has no code yet */
export function parts(name: PlatformName): Promise<AnyParts> {
  return PLATFORMS[name].parts();
}
