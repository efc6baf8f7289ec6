import { z } from "zod";
import { parse } from "../../../../contract/schemas/parse";
import { replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { ownerSchema } from "../../../../provider/owner";
import { choiceSchema } from "../cloud/access";
import type { OpenCloud } from "../cloud/cloud";
import { type GlanceImage, glanceOf } from "../cloud/glance";
import { nameSchema } from "../image/args";
import { removeImage } from "../image/remove";
import { isOf, ownerMarks } from "../marks";

const argsSchema = z.object({
  cloud: choiceSchema,
  name: nameSchema,
  owner: ownerSchema,
  protected: z.boolean().default(false),
});

export function glanceImageNameHandler({ openCloud }: { readonly openCloud: OpenCloud }): ResourceHandler {
  const read = (properties: unknown) => parse(argsSchema, properties, "a GlanceImageName");
  return {
    check: (news) => failures(argsSchema, news),
    // The name of the resource says which place it is in: another entry of clouds.yaml is another spelling.
    diff: (olds, news) => {
      const diff = replaceOn(["name"], olds, news);
      return diff.changes
        ? diff
        : { changes: replaceOn(["cloud", "owner", "protected"], olds, news).changes, replaces: [] };
    },
    create: (inputs) => {
      const args = read(inputs.value);
      return Promise.resolve({ id: `${args.cloud.cloud}/${args.name}`, outs: args });
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: (_id, _olds, news) => Promise.resolve(read(news.value)),
    delete: async (_id, state, call) => {
      const { cloud, name, owner, protected: isProtected } = read(state.value);
      const glance = glanceOf(openCloud(cloud));
      for (const { id } of await glance.list({ name, ...ownerMarks(owner) })) {
        call.log.info(`image ${id} (${name}) is in no state: it is deleted`);
        const isOurs = (image: GlanceImage): boolean => isOf(image, owner);
        await removeImage(glance, id, {
          isOurs,
          ourProtection: isProtected,
          tell: (text) => {
            call.log.info(text);
          },
        });
      }
    },
  };
}
