/** Makes the object of the parts that a worker has put into an upload, where they are those of its record. */
import { createHash } from "node:crypto";
import { messageOf } from "../../../../contract/message-of";
import type { Call } from "../../../../provider/handler";
import type { OpenBucket } from "../../../../provider/object-store-parts";
import type { StoredPart } from "../../../../provider/object-store-uploads";
import type { Args, Sent } from "./args";

/** The ETag that S3 gives what was sent so. Source: Amazon S3 API reference, "Object": md5 of the parts' md5 sums, and their number. */
export function etagOf({ sizeBytes, parts }: Sent): string {
  return `${parts.md5}-${countOf({ sizeBytes, parts })}`;
}

const countOf = ({ sizeBytes, parts }: Pick<Sent, "sizeBytes" | "parts">): number => Math.ceil(sizeBytes / parts.bytes);

/**
 * Nothing comes of it where the worker has sent nothing or something else, or where the bucket refuses it: the disk is made from the
 * store then. Whether there is an object now only a look at it says: of one that was completed the answer may be lost.
 */
export async function adopt(args: Args, sent: Sent, bucket: OpenBucket, call: Call): Promise<void> {
  let why: string | undefined;
  try {
    why = await take(args, sent, bucket);
  } catch (error) {
    call.stop.throwIfAborted();
    why = messageOf(error);
  }
  if (why !== undefined) call.log.info(`what the worker has put into ${args.object} is not taken: ${why}`);
}

/** @returns why it is not taken */
async function take({ object }: Args, sent: Sent, bucket: OpenBucket): Promise<string | undefined> {
  const upload = { object, uploadId: sent.uploadId };
  const found = await bucket.parts(upload);
  if (found === undefined) return "the upload is gone";
  // An agent that another disk was sent by before may have put more of them.
  const parts = found.filter(({ number }) => number <= countOf(sent));
  const why = differenceOf(parts, sent);
  // Whoever has completed it meanwhile leaves no upload.
  if (why === undefined) await bucket.complete(upload, parts);
  return why;
}

function differenceOf(parts: readonly StoredPart[], sent: Sent): string | undefined {
  const { sizeBytes, parts: cut } = sent;
  const size = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (parts.length !== countOf(sent) || size !== sizeBytes)
    return `${parts.length} parts with ${size} bytes are there, of ${countOf(sent)} with ${sizeBytes}`;
  const even = parts.slice(0, -1).every((part) => part.sizeBytes === cut.bytes);
  const sums = createHash("md5").update(Buffer.from(parts.map(({ etag }) => etag).join(""), "hex"));
  if (even && sums.digest("hex") === cut.md5) return undefined;
  return "their sums are not those of the worker's disk";
}
