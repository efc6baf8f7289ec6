/** Deletes an image that is still of the resource that deletes it. */
import { UserError } from "../../../../contract/user-error";
import type { Call } from "../../../../provider/handler";
import type { Owner } from "../../../../provider/owner";
import { CloudError } from "../cloud/errors";
import type { Glance } from "../cloud/glance";
import { isOf } from "../marks";

/** @param ourProtection we protect it ourselves, and may take that away */
export async function removeImage(
  glance: Glance,
  id: string,
  owner: Owner,
  ourProtection: boolean,
  call: Pick<Call, "log">,
): Promise<void> {
  const image = await glance.get(id);
  if (image === undefined) return;
  if (!isOf(image, owner)) {
    call.log.info(`image ${id} is left alone: it belongs to somebody else now`);
    return;
  }
  if (image.protected && !ourProtection) {
    throw new UserError(
      `image ${id} (${image.name ?? ""}) is protected, and not by us: whoever did that still wants it. ` +
        `Let it go with "openstack image set --unprotected ${id}", and run this again`,
    );
  }
  if (image.protected) await glance.change(id, [{ op: "replace", path: "/protected", value: false }]);
  try {
    await glance.delete(id);
  } catch (cause) {
    if (!(cause instanceof CloudError) || cause.status !== 409) throw cause;
    throw new UserError(
      `image ${id} (${image.name ?? ""}) is in use: a volume or the disk of an instance is still a part of it. ` +
        `End what was started from it, and run this again.\n${cause.message}`,
      { cause },
    );
  }
}
