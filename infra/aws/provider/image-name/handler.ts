import { z } from "zod";
import { againGiven, againSchema } from "../../../../provider/again";
import { imagesNamed, isBroken, settledTag, type Ec2Of, type OwnImage } from "../images";
import { writeTags } from "../tags";
import { regionSchema, snapshotIdSchema } from "../ebs-inputs";
import { replaceOn, type Call, type Properties, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { OWNER_TAG, ownerSchema, RESOURCE_TAG, STACK_TAG } from "../../../../provider/owner";
import { removeImages } from "./remove";
import { sayUsers } from "./users";

const imageIdSchema = z.string().startsWith("ami-", "must be ami-...");
const originSchema = z.union([
  z.strictObject({ snapshotId: snapshotIdSchema }),
  z.strictObject({ imageId: imageIdSchema, region: regionSchema }),
]);
const argsSchema = z.object({
  region: regionSchema,
  name: z.string().min(3).max(128),
  stack: z.string().min(1),
  owner: ownerSchema,
  origin: originSchema,
  again: againSchema.exactOptional(),
});
type Args = z.infer<typeof argsSchema>;
const stateSchema = argsSchema.extend({ era: z.int() });

export interface AwsImageNameOptions {
  readonly ec2: Ec2Of;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => number;
}

export function awsImageNameHandler({ ec2, sleep = pause, now = Date.now }: AwsImageNameOptions): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "the inputs of an AwsImageName");
  /** Removes those of ours that are to go, and what is left of earlier ones; answers those that stay. */
  const clear = async (args: Args, call: Call, goes: (image: OwnImage) => boolean): Promise<readonly OwnImage[]> => {
    const { region, name, stack, owner, origin } = args;
    const images = await imagesNamed(ec2, region, [name]);
    const [going, staying] = [images.filter(goes), images.filter((image) => !goes(image))];
    const tags = { [STACK_TAG]: stack, [OWNER_TAG]: owner.identity };
    const say = (text: string): void => {
      call.stop.throwIfAborted();
      call.log.status(text);
    };
    for (const { imageId } of going) call.log.info(`deregistering ${imageId} (${name}) in ${region}`);
    const kept = staying.flatMap(({ snapshotIds }) => snapshotIds);
    await removeImages({ ec2, region, name, tags, copied: "imageId" in origin, kept, sleep, now, say }, going);
    return staying;
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const { changes, replaces } = replaceOn(["region", "name"], olds, news);
      if (changes) return { changes, replaces, deleteBeforeReplace: true };
      const stays = ["stack", "owner"].every((key) => JSON.stringify(olds[key]) === JSON.stringify(news[key]));
      return { changes: !stays || isMadeAgain(olds, news), replaces };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const goes = (one: OwnImage) => isOwned(one, args) && (!one.settled || args.again !== undefined);
      const left = await clear(args, call, goes);
      refuseStrangers(left, args);
      // What a version made that knew no identities is in the state: from now on it says so itself.
      for (const image of left.filter((one) => isOfBefore(one, args))) await settle(ec2, args, image);
      return { id: `${args.region}/${args.name}`, outs: { ...args, era: 1 } };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: async (_id, olds, news, call) => {
      const args = read(news.value);
      const before = parse(stateSchema, olds.value, "the state of an AwsImageName");
      const same = { ...args, era: before.era, origin: "imageId" in args.origin ? before.origin : args.origin };
      if (!isMadeAgain(olds.value, news.value)) return same;
      const other = originChanged(olds.value, news.value);
      const left = await clear(args, call, (one) => isOwned(one, args) && (other || !one.settled || isBroken(one)));
      refuseStrangers(left, args);
      // One that a state knows and that is whole stays, whatever somebody believed who could not see it.
      return left.length > 0 ? same : { ...args, era: before.era + 1 };
    },
    delete: async (_id, state, call) => {
      const args = read(state.value);
      const goes = (one: OwnImage) => isOwned(one, args) || isOfBefore(one, args);
      const going = (await imagesNamed(ec2, args.region, [args.name])).filter(goes).map(({ imageId }) => imageId);
      await sayUsers(await ec2(args.region), args.region, going, call.log);
      const left = await clear(args, call, goes);
      for (const { imageId, owner } of left) {
        call.log.info(`${imageId} in ${args.region} is left alone: it belongs to ${owner ?? "somebody else"} now`);
      }
    },
  };
}

/** The origin of a copy matters only when it is made. */
function originChanged(olds: Properties, news: Properties): boolean {
  const [one, other] = [olds.origin, news.origin].map((origin) => originSchema.safeParse(origin).data);
  // What is not known yet is another one.
  if (other === undefined) return true;
  return "snapshotId" in other && JSON.stringify(one) !== JSON.stringify(other);
}

const isMadeAgain = (olds: Properties, news: Properties): boolean =>
  againGiven(olds, news) || originChanged(olds, news);

/** Made by a version of ours that knew no identities, for a stack of this name. */
function isOfBefore({ owner, settled, tags }: OwnImage, { stack }: Args): boolean {
  return owner === undefined && settled && tags[STACK_TAG] === stack;
}

function isOwned(image: OwnImage, { owner }: Args): boolean {
  const resource = image.tags[RESOURCE_TAG] ?? owner.resource;
  return image.owner === owner.identity && resource === owner.resource;
}

/** @throws if one of them is not ours: two can't have the name */
function refuseStrangers(images: readonly OwnImage[], args: Args): void {
  const stranger = images.find((one) => !isOwned(one, args) && !isOfBefore(one, args));
  if (stranger === undefined) return;
  const { imageId, owner, tags } = stranger;
  const { [RESOURCE_TAG]: resource = "no resource in particular" } = tags;
  const others = owner === undefined ? "bears no mark of a stack" : `is of the stack with the identity ${owner}`;
  const whose = owner === args.owner.identity ? `is of this stack's ${resource}` : others;
  throw new Error(
    `the name ${args.name} in ${args.region} is held by ${imageId}, which ${whose}; ` +
      `ask its owner, deregister it, then run "pulumi up" again`,
  );
}

async function settle(ec2: Ec2Of, { region, stack, name }: Args, { imageId, snapshotIds: [root] }: OwnImage) {
  if (root === undefined) return;
  const { CreateTagsCommand } = await import("@aws-sdk/client-ec2");
  const Tags = writeTags({ [STACK_TAG]: stack, [settledTag(imageId)]: name });
  await (await ec2(region)).send(new CreateTagsCommand({ Resources: [root], Tags }));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
