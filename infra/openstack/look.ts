/** A project's images as they are: which of the wanted ones are there, and whose they are. */
import { createHash } from "node:crypto";
import { OWNER_TAG } from "../../provider/owner";
import type { PlaceView } from "../platform";
import { choiceOf } from "./place";
import type { OpenCloud } from "./provider/cloud/cloud";
import { glanceOf } from "./provider/cloud/glance";
import { openedOnce } from "./provider/clouds";
import { isWhole, markOf } from "./provider/marks";
import type { OpenstackPlace } from "./settings";

/** Of this process. */
export const openHere: OpenCloud = openedOnce();

export async function openstackLook(
  place: OpenstackPlace,
  names: readonly string[],
  open: OpenCloud = openHere,
): Promise<PlaceView> {
  const cloud = open(choiceOf(place));
  const glance = glanceOf(cloud);
  const [address, owner, images] = await Promise.all([
    glance.address(),
    glance.project(),
    names.length === 0 ? [] : glance.list({}),
  ]);
  const digits = createHash("sha256")
    .update(JSON.stringify([address, owner]))
    .digest("hex")
    .slice(0, 12);
  return {
    identity: `openstack-${digits}`,
    images: images
      .filter(({ name }) => names.includes(name ?? ""))
      // What a killed run has left beside an image that is whole is no reason to make that one again.
      .sort((a, b) => Number(isWhole(b)) - Number(isWhole(a)))
      .map((image) => {
        const mark = markOf(image, OWNER_TAG);
        return {
          ...{ name: image.name ?? "", imageId: image.id, whole: isWhole(image) },
          ...(mark === undefined ? {} : { owner: mark }),
        };
      }),
  };
}
