import { randomBytes } from "node:crypto";
import { z } from "zod";
import { UPLOAD_NAME } from "../../../../contract/bodies";
import type { Denial, Grant } from "../../../../contract/grants";
import { messageOf } from "../../../../contract/message-of";
import { parse } from "../../../../contract/schemas/parse";
import { feedAgent, type FeedOptions, feedShape, type Given, guarded } from "../../../../provider/feed/feed";
import { feedingHandler } from "../../../../provider/feed/handler";
import type { ResourceHandler } from "../../../../provider/handler";
import { choiceSchema } from "../cloud/access";
import type { OpenCloud } from "../cloud/cloud";
import { fileUrl, permit, targetOf, withdraw } from "../upload/permit";

const argsSchema = z.object({
  ...feedShape,
  upload: z.string().regex(UPLOAD_NAME),
  cloud: choiceSchema,
  imageId: z.string().min(1).exactOptional(),
  endpoint: z.url().exactOptional(),
});

export interface GlanceGrantOptions extends FeedOptions {
  readonly openCloud: OpenCloud;
}

const TRIES = 3;
const PAUSE_MS = 20_000;
/** An agent asks for another one so long before the end: of a token that lives no longer, when it is refused. */
const SHORT_MS = 15 * 60_000;
/** A credential outlives the worker by no more. */
const GRACE_MS = 10 * 60_000;

export function glanceGrantHandler({ openCloud, ...options }: GlanceGrantOptions): ResourceHandler {
  const { wait } = options;
  return feedingHandler(argsSchema, async (inputs, call) => {
    const { cloud: choice, imageId, endpoint, ...fed } = parse(argsSchema, inputs.value, "the inputs of a GlanceGrant");
    const created = { id: `${fed.machine}${fed.folder}/${fed.upload}`, outs: guarded(inputs.value) };
    if (imageId === undefined) return created;
    const cloud = openCloud(choice);
    const target = await targetOf(cloud, imageId, endpoint);
    const endsAt = wait.now() + fed.lifetimeMinutes * 60_000 + GRACE_MS;
    let denied: string | undefined;
    const give = async (): Promise<Given> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { secret, endsAt: tokenEnds } = await (await permit(cloud, target, endsAt)).token();
          const supply: Grant = {
            id: randomBytes(8).toString("hex"),
            urls: [fileUrl(target)],
            headers: { "X-Auth-Token": secret },
            ...(tokenEnds - wait.now() > SHORT_MS ? { expiresAt: new Date(tokenEnds).toISOString() } : {}),
          };
          return { supply, shown: `a token for image ${imageId} until ${new Date(tokenEnds).toISOString()}` };
        } catch (error) {
          call.stop.throwIfAborted();
          if (attempt === TRIES) {
            denied = messageOf(error);
            const [why = ""] = denied.split("\n");
            return { supply: { denied: why } satisfies Denial, shown: `no token for image ${imageId}` };
          }
          call.log.status(`letting the worker in again: ${messageOf(error)}`);
          await wait.sleep(PAUSE_MS, call.stop);
        }
      }
    };
    try {
      await feedAgent(fed, "grant", give, options, call);
    } catch (error) {
      call.stop.throwIfAborted();
      // An agent of an older version takes no such answer: it waits until it gives up by itself.
      if (denied === undefined) throw error;
    } finally {
      if (denied !== undefined)
        call.log.warn(`the worker could not be let put the disk into Glance; this machine will: ${denied}`);
      await withdraw(cloud, target).catch((error: unknown) => {
        const until = new Date(endsAt).toISOString();
        call.log.warn(`the worker's credential for image ${imageId} is left, until ${until}: ${messageOf(error)}`);
      });
    }
    return created;
  });
}
