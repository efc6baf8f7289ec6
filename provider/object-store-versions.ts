/** One object as several machines write it in turn: its version, its age by the store's own clock, and writes on condition. */
import type { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { isRecord } from "../contract/is-record";
import { messageOf } from "../contract/message-of";
import { UnreadableObject } from "./object-store-errors";
import { smallBody } from "./object-store-body";

export interface ObjectVersion {
  readonly body: unknown;
  /** Names this version of the object; it changes with each write. */
  readonly etag: string;
  /** When it was written, and what time it is now: both by the store's clock, so that no other clock matters. */
  readonly modifiedAt: Date;
  readonly serverDate: Date;
}

/** `absent`: only where no object is; else only over this very version. */
export type WriteCondition = "absent" | { readonly etag: string };

export interface VersionedObjects {
  /** Undefined if it is not there. A body that is not JSON is its text. */
  getVersion(object: string): Promise<ObjectVersion | undefined>;
  /**
   * Writes on condition, as far as the store knows conditions: one that doesn't writes always.
   * @returns the version written; undefined if the condition didn't hold
   */
  putVersion(object: string, body: unknown, condition: WriteCondition): Promise<string | undefined>;
}

/** One way to the S3 protocol; `failed` tells a person where and as whom. */
export function versionedObjects(
  bucket: string,
  client: () => Promise<S3Client>,
  failed: (doing: string, object: string, cause: unknown) => Error,
): VersionedObjects {
  return {
    getVersion: async (object) => {
      const { GetObjectCommand } = await import("@aws-sdk/client-s3");
      const command = new GetObjectCommand({ Bucket: bucket, Key: object });
      let date: string | undefined;
      // The SDK gives no header that it has no field for.
      command.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          date = header(answer.response, "date");
          return answer;
        },
        { step: "deserialize", name: "serverDate" },
      );
      try {
        const answer = await (await client()).send(command);
        const { ETag, LastModified } = answer;
        const bytes = await smallBody(object, answer);
        if (ETag === undefined || LastModified === undefined || date === undefined)
          throw new Error("the answer lacks an ETag, a Last-Modified or a Date");
        return {
          body: json(Buffer.from(bytes).toString()),
          etag: ETag,
          modifiedAt: LastModified,
          serverDate: new Date(date),
        };
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== "NoSuchBucket") return undefined;
        if (error instanceof UnreadableObject) throw error;
        throw failed("read", object, error);
      }
    },
    putVersion: async (object, body, condition) => {
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      const put = async (more: { readonly IfNoneMatch?: string; readonly IfMatch?: string }): Promise<string> => {
        const written = { Bucket: bucket, Key: object, Body: JSON.stringify(body), ContentType: "application/json" };
        const { ETag } = await (await client()).send(new PutObjectCommand({ ...written, ...more }));
        if (ETag === undefined) throw new Error("the answer has no ETag");
        return ETag;
      };
      try {
        return await put(condition === "absent" ? { IfNoneMatch: "*" } : { IfMatch: condition.etag });
      } catch (error) {
        const status = statusOf(error);
        // 409: somebody else's write of the same object came between; 404: there is none to match any more.
        if (status === 412 || status === 409 || (status === 404 && nameOf(error) !== "NoSuchBucket")) return undefined;
        // The store says that it knows no conditions: who writes looks again afterwards.
        if (knowsNoConditions(error))
          return put({}).catch((cause: unknown) => Promise.reject(failed("write", object, cause)));
        throw failed("write", object, error);
      }
    },
  };
}

/**
 * The server says that it knows no conditions on writes: 501 as S3 itself did, and what others make of a header that they don't take.
 */
export function knowsNoConditions(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 501 || nameOf(error) === "NotImplemented") return true;
  return (status === 400 || status === 405) && /\bif-(none-)?match\b|\bconditional\b/i.test(messageOf(error));
}

function header(response: unknown, name: string): string | undefined {
  const headers = isRecord(response) ? response.headers : undefined;
  const value = isRecord(headers) ? headers[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as S3ServiceException).$metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
