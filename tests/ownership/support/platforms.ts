/** Every platform that publishes, taken from the product: a new one without a place in this world fails here. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../../cli/local/places";
import { publishingPlatforms } from "../../../infra/specs";
import type { PlatformName } from "../../../infra/specs";

/** Name of the target of each platform in the stacks of these tests. */
const TARGETS: Readonly<Partial<Record<PlatformName, string>>> = { aws: "aws", libvirt: "hypervisor", ibm: "ibm" };

/** Platforms that have no place in this world, by the file whose world they have. Neighbours move in beside it: `neighbours.test.ts`. */
const ELSEWHERE: Readonly<Partial<Record<PlatformName, string>>> = {
  openstack: "tests/openstack/services.engine.test.ts",
};

export interface Publishing {
  readonly platform: PlatformName;
  readonly target: string;
}

export const PUBLISHING: readonly Publishing[] = publishingPlatforms()
  .filter(({ images }) => images.architectures.length > 0)
  .flatMap(({ name: platform }) => {
    const target = TARGETS[platform];
    if (target !== undefined) return [{ platform, target }];
    const elsewhere = ELSEWHERE[platform];
    if (elsewhere !== undefined && existsSync(join(REPOSITORY, elsewhere))) return [];
    throw new Error(`${platform} publishes, but tests/ownership has no place for it`);
  });

/** Names of all targets, for a stack that publishes to every place of this world. */
export const EVERYWHERE = PUBLISHING.map(({ target }) => target);
