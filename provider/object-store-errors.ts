/** What a store's answers mean that are no plain failures, in words that say where and as whom it was asked. */
import type { S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf } from "../contract/message-of";
import type { Store } from "./store";

/** The object is there, but whoever wrote it did not write what was asked for: asking again gives the same. */
export class UnreadableObject extends Error {
  override readonly name = "UnreadableObject";

  constructor(
    object: string,
    /** Of the object. */
    readonly why: string,
    cause?: unknown,
  ) {
    super(`object "${object}" ${why}`, { cause });
  }
}

/** The server refuses `If-Match` as what it does not know: leases of inner stacks can't be kept there. */
export class NoConditions extends Error {
  override readonly name = "NoConditions";

  constructor(bucket: string, cause: unknown) {
    super(`the server of bucket ${bucket} knows no conditional writes (If-Match, If-None-Match)`, { cause });
  }
}

/** The bucket is in another region than the settings say. */
export class OtherRegion extends Error {
  override readonly name = "OtherRegion";

  constructor(
    message: string,
    /** Where it is, if the answer tells. */
    readonly region: string | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

export function storeError(store: Store, doing: string, object: string, cause: unknown): Error {
  const where = store.endpoint ?? `Amazon S3, region ${store.region}`;
  const name = cause instanceof Error ? cause.name : "Error";
  // Network errors of the SDK often have an empty message.
  const message = cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
  const who = store.credentials ? `profile "${store.credentials.profile}" of ${store.credentials.file}` : "AWS's usual";
  const text = `can't ${doing} object "${object}" of bucket "${store.bucket}" at ${where} (credentials: ${who}): ${name}: ${message}`;
  return ELSEWHERE.test(name) ? new OtherRegion(text, regionOf(cause), cause) : new Error(text, { cause });
}

/**
 * Source: S3 API reference, "Error responses": a bucket is asked for, or signed for, in a region that it is not in. InvalidRegionName is
 * R2's for one that is none of its own.
 */
const ELSEWHERE =
  /^(PermanentRedirect|TemporaryRedirect|Redirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|InvalidRegionName)$/;

/** As Amazon and MinIO name it, and as Garage does, within the scope of the signature. */
const EXPECTED = /expecting '([a-z0-9-]+)'|expected: '?\d{8}\/([a-z0-9-]+)\/s3\//;

function regionOf(cause: unknown): string | undefined {
  const { headers } = (cause as S3ServiceException).$response ?? {};
  const [, named, scoped] = EXPECTED.exec(messageOf(cause)) ?? [];
  return headers?.["x-amz-bucket-region"] ?? named ?? scoped;
}
