/** Every platform that publishes, taken from the product: a new one without a place in this world fails here. */
import { publishingPlatforms } from "../../../infra/specs";
import type { PlatformName } from "../../../infra/specs";

/** Name of the target of each platform in the stacks of these tests. */
const TARGETS: Readonly<Partial<Record<PlatformName, string>>> = { aws: "aws", libvirt: "hypervisor" };

export interface Publishing {
  readonly platform: PlatformName;
  readonly target: string;
}

export const PUBLISHING: readonly Publishing[] = publishingPlatforms()
  .filter(({ images }) => images.architectures.length > 0)
  .map(({ name: platform }) => {
    const target = TARGETS[platform];
    if (target === undefined) throw new Error(`${platform} publishes, but tests/ownership has no place for it`);
    return { platform, target };
  });
