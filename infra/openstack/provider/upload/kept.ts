/** The images that workers were to fill, and that no image of a generation was made of. */
import type { KeptForms } from "../../../../provider/room";
import { choiceSchema } from "../cloud/access";
import type { OpenCloud } from "../cloud/cloud";
import { type GlanceImage, glanceOf } from "../cloud/glance";
import { removeImage } from "../image/remove";
import { isOf, ownerMarks } from "../marks";
import { builderOf } from "./marks";
import { readGlancePlace } from "./place";

export function disksKept(openCloud: OpenCloud): KeptForms {
  return {
    isIn: (where) => readGlancePlace(where) !== undefined,
    tagsOf: () => Promise.resolve(undefined),
    deleteOf: async (where, build) => {
      const glance = glanceOf(openCloud(choiceSchema.parse(readGlancePlace(where))));
      const isOurs = (image: GlanceImage): boolean => isOf(image, builderOf(build));
      for (const { id } of await glance.list(ownerMarks(builderOf(build))))
        await removeImage(glance, id, { isOurs, ourProtection: false });
    },
  };
}
