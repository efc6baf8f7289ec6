/** Reads an object whole that ought to be small. */
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { UnreadableObject } from "./object-store-errors";

/** More is no JSON of ours, and is not loaded into memory: workers write objects too. */
const MOST_BYTES = 64 * 2 ** 20;

/** @throws UnreadableObject if it is far too large: nothing of it is read */
export async function smallBody(
  object: string,
  { Body: body, ContentLength: length }: Pick<GetObjectCommandOutput, "Body" | "ContentLength">,
): Promise<Uint8Array> {
  if (body === undefined || length === undefined) throw new Error("the answer has no body or no Content-Length");
  if (length > MOST_BYTES) {
    await body.transformToWebStream().cancel();
    throw new UnreadableObject(object, `has ${length} bytes, too many for what it should be`);
  }
  return body.transformToByteArray();
}
