/**
 * Says what names images that go all the same. `up` has asked before it planned: this is a destroy, or a place that the settings
 * name no more, and both are somebody's word.
 */
import { messageOf } from "../../../../contract/message-of";
import type { ResourceLog } from "../../../../provider/handler";
import { imageUsers } from "../image-users";
import type { Ec2 } from "../images";

export async function sayUsers(client: Ec2, region: string, imageIds: readonly string[], log: ResourceLog) {
  if (imageIds.length === 0) return;
  try {
    for (const { imageId, kind, id } of await imageUsers(client, imageIds)) {
      log.warn(`${imageId} in ${region} goes, and ${kind} ${id} names it: give that another image`);
    }
  } catch (error) {
    log.info(`what names ${imageIds.join(", ")} in ${region} can't be told: ${messageOf(error)}`);
  }
}
