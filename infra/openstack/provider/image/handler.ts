import { messageOf } from "../../../../contract/message-of";
import { parse } from "../../../../contract/schemas/parse";
import { UserError } from "../../../../contract/user-error";
import { againGiven } from "../../../../provider/again";
import {
  type Call,
  Interrupt,
  PartialFailure,
  type Properties,
  replaceOn,
  type ResourceHandler,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import type { OpenStore } from "../../../../provider/object-store";
import type { Wait } from "../../../../provider/wait";
import type { OpenCloud } from "../cloud/cloud";
import { type Glance, type GlanceImage, glanceOf } from "../cloud/glance";
import { isOf, markOf } from "../marks";
import { type Args, argsSchema } from "./args";
import { changeImage } from "./change";
import { fill, ImageLost } from "./fill";
import { makeImage } from "./make";
import { removeImage } from "./remove";

export interface GlanceImageOptions {
  readonly openCloud: OpenCloud;
  readonly openStore: OpenStore;
  readonly wait: Wait;
}

/** What an update makes of the image that is there. */
const IN_PLACE = ["cloud", "owner", "properties", "visibility", "members", "protected"];

export function glanceImageHandler({ openCloud, openStore, wait }: GlanceImageOptions): ResourceHandler {
  const claimed = new Set<string>();
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of a GlanceImage");
  const glance = ({ cloud }: Args): Glance => glanceOf(openCloud(cloud));

  const removal = (args: Args, id: string, ourProtection: boolean, { log }: Call): Promise<void> =>
    removeImage(glance(args), id, {
      isOurs: (image) => isOf(image, args.owner),
      ourProtection,
      tell: (text) => {
        log.info(text);
      },
    });

  /** What has not all of its bytes is taken away; what can't be is in the state as not finished. */
  const abandoned = async (id: string | undefined, inputs: Properties, cause: unknown, call: Call): Promise<never> => {
    if (id === undefined) throw cause;
    const args = read(inputs);
    const gone = call.gone.aborted || (cause instanceof Interrupt && cause.why === "engine gone");
    // Nobody waits for cleaning up: the next run finds it by its id.
    if (gone) throw cause;
    try {
      await removal(args, id, true, call);
    } catch (deletion) {
      const why = messageOf(deletion);
      throw new PartialFailure(`image ${id} is left behind: ${why}`, id, { ...inputs, finished: false }, { cause });
    }
    throw cause;
  };

  /** An image keeps its id: where nothing comes of it, only another resource can be made. */
  const forgotten = async (id: string, before: Args, cause: unknown, call: Call): Promise<never> => {
    if (!(cause instanceof ImageLost)) throw cause;
    await removal(before, id, before.protected, call);
    throw new UserError(`${cause.message}; it is deleted: run "pulumi refresh", which forgets it, and this again`, {
      cause,
    });
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const { replaces } = replaceOn(["name", "sha256"], olds, news);
      const again = againGiven(olds, news) ? ["again"] : [];
      const [before, after] = [argsSchema.safeParse(olds).data, argsSchema.safeParse(news).data];
      const changes = replaceOn(IN_PLACE, before ?? olds, after ?? news).changes || olds.finished === false;
      return { changes: changes || replaces.length + again.length > 0, replaces: [...replaces, ...again] };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const there = glance(args);
      const started = wait.now();
      let made: string | undefined;
      const image = await makeImage(args, { glance: there, openStore, wait, claimed }, call, (id) => (made = id)).catch(
        (cause: unknown) => abandoned(made, inputs.value, cause, call),
      );
      const seconds = Math.round((wait.now() - started) / 100) / 10;
      const outs = { ...inputs.value, imageId: image.id, seconds, projectId: await there.project() };
      try {
        await changeImage(there, image, args);
      } catch (cause) {
        // Its bytes are there, and took their time.
        const why = messageOf(cause);
        const message = `image ${image.id} has its bytes, and can't be made what it must be; "pulumi up" goes on with it: ${why}`;
        throw new PartialFailure(message, image.id, { ...outs, finished: false }, { cause });
      }
      return { id: image.id, outs: { ...outs, finished: true } };
    },
    read: async (id, { value }, call) => {
      const args = read(value);
      const there = glance(args);
      await refuseElsewhere(there, id, value);
      const image = await there.get(id);
      if (image === undefined) return undefined;
      if (isOf(image, args.owner) && (await there.isHere(image)))
        return { ...value, ...(await asItIs(there, image, args)) };
      call.log.warn(`image ${id} is not ours any more: its marks are others`);
      return undefined;
    },
    update: async (id, olds, news, call) => {
      const args = read(news.value);
      const there = glance(args);
      const before = read(olds.value);
      await refuseElsewhere(there, id, olds.value);
      await refuseOthers(there, id, [before.owner, args.owner]);
      // What a worker has sent was held against its sums before it was taken over.
      const image =
        olds.value.finished === false && before.sent?.imageId !== id
          ? await fill(id, args, { glance: there, openStore, wait }, call).catch((cause: unknown) =>
              forgotten(id, before, cause, call),
            )
          : await there.get(id);
      if (image === undefined) throw new Error(`image ${id} is gone: run "pulumi refresh", and this again`);
      await changeImage(there, image, args, before);
      // What was given once stays, though nobody asks for it any more.
      const { again, seconds = 0 } = olds.value;
      const kept = { ...(again === undefined ? {} : { again }), seconds, projectId: await there.project() };
      return { ...news.value, ...kept, imageId: id, finished: true };
    },
    delete: async (id, { value }, call) => {
      const args = read(value);
      await refuseElsewhere(glance(args), id, value);
      await removal(args, id, args.protected, call);
    },
  };
}

/** As it is now, where that is not what the state says: what is the same stays as it was spelled. */
async function asItIs(glance: Glance, image: GlanceImage, args: Args): Promise<Properties> {
  const properties = Object.fromEntries(
    Object.entries(args.properties).flatMap(([name]) => {
      const value = markOf(image, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const known = image.visibility === "shared" ? await glance.members(image.id) : [];
  const members = [
    ...args.members.filter((one) => known.includes(one)),
    ...known.filter((one) => !args.members.includes(one)),
  ];
  // That somebody else protects it is nothing for us to undo.
  const isProtected = args.protected && image.protected;
  const found = { properties, visibility: image.visibility, members, protected: isProtected };
  return Object.fromEntries(
    Object.entries(found).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(args[name as keyof typeof found]),
    ),
  );
}

/** Credentials may have become those of another project since: what can't be seen from there is not gone. A state of before has none. */
async function refuseElsewhere(glance: Glance, id: string, { projectId: wanted }: Properties): Promise<void> {
  if (typeof wanted !== "string") return;
  const found = await glance.project();
  if (found === wanted) return;
  throw new UserError(
    `image ${id} is of project ${wanted}, and the credentials are of project ${found}, from where nobody can say whether it ` +
      "is there: take credentials of that project until it is deleted, or forget it with `pulumi state delete` where it is gone",
  );
}

/** One whose marks were changed since is somebody else's: ours are not written over theirs. */
async function refuseOthers(glance: Glance, id: string, owners: readonly Args["owner"][]): Promise<void> {
  const image = await glance.get(id);
  if (image === undefined) return;
  if (owners.some((owner) => isOf(image, owner)) && (await glance.isHere(image))) return;
  throw new UserError(
    `image ${id} (${image.name ?? ""}) is not ours any more: its marks are others, and it is left as it is. ` +
      'Run "pulumi refresh", which forgets it, and this again',
  );
}
