/** What platforms do. */
import * as PLATFORMS from "./platforms";
import type { AnyParts } from "./platform";
import type { PlatformName } from "./specs";

export function parts(name: PlatformName): Promise<AnyParts> {
  return PLATFORMS[name].parts();
}
