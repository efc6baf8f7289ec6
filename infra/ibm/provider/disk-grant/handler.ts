import { randomBytes } from "node:crypto";
import { z } from "zod";
import { UPLOAD_NAME } from "../../../../contract/bodies";
import type { Denial, Grant } from "../../../../contract/grants";
import { messageOf } from "../../../../contract/message-of";
import { parsedJson } from "../../../../contract/parsed-json";
import { parse } from "../../../../contract/schemas/parse";
import { feedAgent, type FeedOptions, feedShape, type Given, guarded } from "../../../../provider/feed/feed";
import { feedingHandler } from "../../../../provider/feed/handler";
import type { ResourceHandler } from "../../../../provider/handler";
import { MOST_PARTS } from "../../../../provider/object-store-uploads";
import type { Buckets } from "../buckets";

const argsSchema = z.object({
  ...feedShape,
  upload: z.string().regex(UPLOAD_NAME),
  location: z.string().min(1),
  bucket: z.string().min(1),
  object: z.string().min(1),
  uploadId: z.string().min(1).exactOptional(),
  endpoint: z.url().exactOptional(),
});

/** What the agent says that it needs. */
const wishSchema = z.object({ requests: z.int().min(1).max(MOST_PARTS) });

export interface DiskGrantOptions extends FeedOptions {
  readonly open: Buckets;
}

/** The agent asks for others before they end. */
const LIFE_SECONDS = 3600;

export function ibmDiskGrantHandler({ open, ...options }: DiskGrantOptions): ResourceHandler {
  return feedingHandler(argsSchema, async (inputs, call) => {
    const { location, bucket, object, uploadId, endpoint, ...fed } = parse(
      argsSchema,
      inputs.value,
      "the inputs of an IbmDiskGrant",
    );
    const created = { id: `${fed.machine}${fed.folder}/${fed.upload}`, outs: guarded(inputs.value) };
    if (uploadId === undefined) return created;
    let denied: string | undefined;
    const give = async (wish: string): Promise<Given> => {
      try {
        const { requests: count } = wishOf(wish);
        const expiresAt = new Date(options.wait.now() + LIFE_SECONDS * 1000).toISOString();
        const parts = { count, expiresSeconds: LIFE_SECONDS };
        const urls = await open({ location, bucket }, endpoint).presignParts({ object, uploadId }, parts);
        const supply: Grant = { id: randomBytes(8).toString("hex"), urls, headers: {}, expiresAt };
        return { supply, shown: `URLs for ${count} parts of ${object} until ${expiresAt}` };
      } catch (error) {
        denied = messageOf(error).replaceAll("\n", "; ");
        // Told so, the agent does not wait for one.
        return { supply: { denied } satisfies Denial, shown: `no URLs for ${object}` };
      }
    };
    await feedAgent(fed, "grant", give, options, call);
    if (denied !== undefined)
      call.log.warn(`the worker could not be let put the disk into ${bucket}; this machine will: ${denied}`);
    return created;
  });
}

/** It comes from a worker. */
function wishOf(text: string): z.output<typeof wishSchema> {
  return parse(wishSchema, parsedJson(text), "what the agent says that it needs");
}
