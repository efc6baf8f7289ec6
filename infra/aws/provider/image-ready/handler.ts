import { z } from "zod";
import { nameOf } from "../clients";
import { settledTag, snapshotsOf, type Ec2 } from "../images";
import { writeTags } from "../tags";
import { replaceOn, type Call, type Properties, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { identitySchema, OWNER_TAG, STACK_TAG } from "../../../../provider/owner";

const argsSchema = z.object({
  region: z.string().min(1),
  imageId: z.string().startsWith("ami-", "must be ami-..."),
  name: z.string().min(3),
  stack: z.string().min(1),
  identity: identitySchema,
  copied: z.boolean(),
});
type Args = z.infer<typeof argsSchema>;

/** So many answers in a row must agree. */
const AGREEING = 3;
const PAUSE_MS = 2_000;
/** A copy of a disk to another region takes minutes. */
const BOUND_MINUTES = 60;

export interface AwsImageReadyOptions {
  /** A client of one region. */
  readonly ec2: (region: string) => Promise<Ec2>;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly now?: () => number;
}

export function awsImageReadyHandler({ ec2, sleep = pause, now = Date.now }: AwsImageReadyOptions): ResourceHandler {
  const read = (properties: Properties) => parse(argsSchema, properties, "the inputs of an AwsImageReady");

  const wait = async (client: Ec2, region: string, imageId: string, call: Call): Promise<void> => {
    const deadline = now() + BOUND_MINUTES * 60_000;
    for (let agreed = 0, last = ""; ;) {
      call.stop.throwIfAborted();
      const { state, why } = await look(client, imageId);
      if (state === "failed" || state === "error" || state === "invalid") {
        throw new Error(`${imageId} in ${region} is ${state}: ${why}; "pulumi up" makes it again`);
      }
      agreed = state === "available" ? agreed + 1 : 0;
      if (agreed === AGREEING) return;
      if (state !== last) call.log.status(`${imageId}: ${state}`);
      last = state;
      if (now() > deadline) {
        throw new Error(
          `${imageId} in ${region} is ${state} after ${String(BOUND_MINUTES)} minutes; run "pulumi up" again`,
        );
      }
      await sleep(PAUSE_MS);
    }
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const { replaces } = replaceOn(["region", "imageId"], olds, news);
      const { changes } = replaceOn(["region", "imageId", "name", "stack", "identity", "copied"], olds, news);
      return { changes, replaces };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const client = await ec2(args.region);
      await wait(client, args.region, args.imageId, call);
      await settle(client, args);
      return { id: args.imageId, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    // The image stays: it is said anew whose it is.
    update: async (_id, _olds, news) => {
      const args = read(news.value);
      await settle(await ec2(args.region), args);
      return args;
    },
    delete: () => Promise.resolve(),
  };
}

/** Says that the image is in a state; of a copy's snapshots also whose they are, since EC2 gives them no tags. */
async function settle(client: Ec2, { region, imageId, name, stack, identity, copied }: Args): Promise<void> {
  const { CreateTagsCommand, DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  const { Images: [image] = [] } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
  const [root, ...others] = snapshotsOf(image ?? {});
  if (root === undefined) throw new Error(`${imageId} in ${region} names no snapshot; run "pulumi up" again`);
  const owner = { [STACK_TAG]: stack, [OWNER_TAG]: identity };
  if (copied) {
    const Tags = writeTags({ ...owner, Name: name });
    await client.send(new CreateTagsCommand({ Resources: [root, ...others], Tags }));
  }
  const Tags = writeTags({ [STACK_TAG]: stack, [settledTag(imageId)]: name });
  await client.send(new CreateTagsCommand({ Resources: [root], Tags }));
}

async function look(client: Ec2, imageId: string): Promise<{ readonly state: string; readonly why: string }> {
  const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  try {
    const { Images: [image] = [] } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return { state: image?.State ?? "not known yet", why: image?.StateReason?.Message ?? "no reason given" };
  } catch (error) {
    // One that was just made may not be known everywhere.
    if (nameOf(error).startsWith("InvalidAMIID.")) return { state: "not known yet", why: "" };
    throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
