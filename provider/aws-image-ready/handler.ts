import type { EC2Client } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { nameOf } from "../aws-clients";
import { neverUpdated, replaceOn, type Call, type Properties, type ResourceHandler } from "../handler";
import { failures, parse } from "../inputs";

type Ec2 = Pick<EC2Client, "send">;

const argsSchema = z.object({ region: z.string().min(1), imageId: z.string().startsWith("ami-", "must be ami-...") });

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
    diff: (olds, news) => replaceOn(["region", "imageId"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      await wait(await ec2(args.region), args.region, args.imageId, call);
      return { id: args.imageId, outs: args };
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
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
