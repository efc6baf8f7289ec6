/** Deletes an image that is still of whom deletes it. */
import { UserError } from "../../../../contract/user-error";
import { CloudError } from "../cloud/errors";
import type { Glance, GlanceImage } from "../cloud/glance";

export interface Removal {
  readonly isOurs: (image: GlanceImage) => boolean;
  /** We protect it ourselves, and may take that away. */
  readonly ourProtection: boolean;
  /** Told that it is left alone. @default nobody */
  readonly tell?: (text: string) => void;
}

export async function removeImage(glance: Glance, id: string, removal: Removal): Promise<void> {
  const { isOurs, ourProtection, tell } = removal;
  const image = await glance.get(id);
  if (image === undefined) return;
  if (!isOurs(image) || !(await glance.isHere(image))) {
    tell?.(`image ${id} is left alone: it belongs to somebody else now`);
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
