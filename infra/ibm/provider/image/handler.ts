import { z } from "zod";
import { parse, sha256Schema } from "../../../../contract/schemas/parse";
import { againGiven, againSchema } from "../../../../provider/again";
import {
  type Call,
  PartialFailure,
  type Properties,
  replaceOn,
  type ResourceHandler,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { AGAIN_TAG, BUILD_TAG, OWNER_TAG, ownerSchema } from "../../../../provider/owner";
import type { Wait } from "../../../../provider/wait";
import type { OpenClients } from "../clients";
import { end } from "../end";
import { isTaken } from "../errors";
import { imageTags, isMarkedAs, NAME, unfinishedName } from "../marks";
import type { Thing } from "../shapes";
import { sameText } from "../tagging";
import { isUsable, waitAvailable } from "./life";

const argsSchema = z.object({
  region: z.string().min(1),
  name: z.string().regex(NAME, "must be a name that VPC takes"),
  href: z.string().startsWith("cos://", "must be cos://LOCATION/BUCKET/NAME.qcow2"),
  fileSha256: sha256Schema,
  operatingSystem: z.string().min(1),
  resourceGroup: z.string().min(1),
  stack: z.string().min(1),
  owner: ownerSchema,
  key: sha256Schema,
  tags: z.record(z.string(), z.string()),
  there: z.string().min(1).exactOptional(),
  again: againSchema.exactOptional(),
});
type Args = z.output<typeof argsSchema>;
type Image = Thing<"images">;

export interface IbmImageOptions {
  readonly clients: OpenClients;
  readonly wait: Wait;
}

export function ibmImageHandler({ clients, wait }: IbmImageOptions): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "the inputs of an IbmImage");

  /** Tags it, waits for it, and gives it its name. */
  const finish = async (args: Args, image: Image, started: number, call: Call): Promise<Properties> => {
    const { region, name } = args;
    const vpc = clients().vpc(region);
    const outs = { ...args, crn: image.crn };
    try {
      await clients().tagging.attach([image.crn], imageTags(args));
      const whole = await waitAvailable(vpc, image.id, { wait, call });
      const imported = whole.file?.checksums?.sha256;
      if (imported !== args.fileSha256 && image.id !== args.there) {
        throw new Error(`VPC has imported ${imported ?? "unknown bytes"}, and the object has ${args.fileSha256}`);
      }
      if (whole.name !== name) await vpc.rename("images", image.id, name);
      return { ...outs, seconds: Math.round((wait.now() - started) / 1000), finished: true };
    } catch (cause) {
      const message = `image ${image.id} (${name}) in ${region} is not finished; "pulumi up" makes it again, "pulumi destroy" deletes it`;
      throw new PartialFailure(message, image.id, { ...outs, finished: false }, { cause });
    }
  };

  /** One of ours that is there already, as far as it can be used. */
  const left = async (args: Args, call: Call): Promise<Image | undefined> => {
    const vpc = clients().vpc(args.region);
    const named = await vpc.named("images", args.name);
    if (named !== undefined) {
      const tags = await clients().tagging.of(named.crn);
      if (!isMarkedAs(tags, args.owner)) throw new Error(held(args, named, tags[OWNER_TAG]));
      const isSame = named.id === args.there || named.file?.checksums?.sha256 === args.fileSha256;
      if (isUsable(named) && isSame) return named;
      call.log.info(`deleting image ${named.id} (${args.name}) in ${args.region}, which is ${named.status}`);
      await end(vpc, "images", named, { wait, call });
    }
    const unfinished = await vpc.named("images", unfinishedName(args.owner));
    if (unfinished === undefined || (await canBecome(args, unfinished))) return unfinished;
    call.log.info(`deleting image ${unfinished.id} in ${args.region}, which an earlier run left ${unfinished.status}`);
    await end(vpc, "images", unfinished, { wait, call });
    return undefined;
  };

  /** An import of this very object. Of another build nothing would come but an error, once it was waited for. */
  const canBecome = async ({ key, fileSha256 }: Args, { status, crn, file }: Image): Promise<boolean> => {
    if (!/^(pending|partially_available|available)$/.test(status)) return false;
    const imported = file?.checksums?.sha256;
    if (imported !== undefined) return imported === fileSha256;
    // Without tags it is a run's that was killed before it could put any on.
    return sameText((await clients().tagging.of(crn))[BUILD_TAG] ?? key, key);
  };

  const create = async (args: Args, call: Call): Promise<Image> => {
    const { account, vpc } = clients();
    const group = await account.resourceGroup(args.resourceGroup);
    const body = {
      name: unfinishedName(args.owner),
      file: { href: args.href },
      operating_system: { name: args.operatingSystem },
      resource_group: { id: group },
    };
    try {
      return await vpc(args.region).create("images", body, call.stop);
    } catch (error) {
      // The name has our identity: another run of this stack, at this moment.
      const theirs = isTaken(error) ? await left(args, call) : undefined;
      if (theirs === undefined) throw error;
      return theirs;
    }
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const keys = ["region", "name", "fileSha256", "operatingSystem", "resourceGroup", "key"];
      const replaces = [...replaceOn(keys, olds, news).replaces];
      // What is not finished is looked at, and made again where nothing comes of it.
      if (againGiven(olds, news)) replaces.push("again");
      else if (olds.finished === false) replaces.push("fileSha256");
      const changes = replaces.length > 0 || replaceOn(["tags", "stack", "owner"], olds, news).changes;
      // Two of one name can't be there at once; one that is made again may be there still.
      return { changes, replaces, ...(olds.finished === false && { deleteBeforeReplace: true }) };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const started = wait.now();
      const image = (await left(args, call)) ?? (await create(args, call));
      return { id: image.id, outs: await finish(args, image, started, call) };
    },
    read: async (id, state) => {
      const { region } = read(state.value);
      const image = await clients().vpc(region).get("images", id);
      return image === undefined || /^(failed|deleting|unusable)$/.test(image.status) ? undefined : state.value;
    },
    update: async (_id, olds, news) => {
      const args = read(news.value);
      const crn = parse(z.string(), olds.value.crn, "the crn of an IbmImage");
      const { again } = olds.value;
      const now = imageTags(args);
      const { tagging } = clients();
      await tagging.attach([crn], now);
      const isKept = ([tag, value]: readonly [string, string]): boolean =>
        tag === AGAIN_TAG || Object.entries(now).some(([name, text]) => sameText(`${name}:${text}`, `${tag}:${value}`));
      const gone = Object.entries(imageTags(read(olds.value))).filter((one) => !isKept(one));
      await tagging.detach(crn, Object.fromEntries(gone));
      return { ...olds.value, ...args, ...(again === undefined ? {} : { again }) };
    },
    delete: async (id, state, call) => {
      const args = read(state.value);
      const vpc = clients().vpc(args.region);
      const image = await vpc.get("images", id);
      if (image === undefined) return;
      const kept = await whyKept(args, image);
      if (kept === undefined) await end(vpc, "images", image, { wait, call });
      else call.log.info(`image ${id} in ${args.region} is left alone: ${kept}`);
    },
  };

  async function whyKept(args: Args, image: Image): Promise<string | undefined> {
    // Such a name is nobody else's, and it may have no tags yet.
    if (image.name === unfinishedName(args.owner)) return undefined;
    const tags = await clients().tagging.of(image.crn);
    if (!isMarkedAs(tags, args.owner)) return `it belongs to ${tags[OWNER_TAG] ?? "somebody else"} now`;
    // One that was to be made again and was still there stays: the resource that replaces this one has it.
    const again = tags[AGAIN_TAG];
    return again === undefined || sameText(again, args.again) ? undefined : "it was there when it was to be made again";
  }
}

function held({ name, region, owner }: Args, { id }: Image, holder: string | undefined): string {
  const others = holder === undefined ? "bears no mark of a stack" : `is of the stack with the identity ${holder}`;
  const whose = sameText(holder, owner.identity) ? "is of another resource of this stack" : others;
  return `the name ${name} in ${region} is held by image ${id}, which ${whose}; ask its owner, rename or delete it, then run "pulumi up" again`;
}
