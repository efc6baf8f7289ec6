/** A bucket that holds files of many GB, with marks on them: sent in parts, each checked by the receiver. Over the AWS SDK. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type * as S3 from "@aws-sdk/client-s3";
import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import { isMissing, s3Client } from "./object-store";

export interface Bucket {
  readonly name: string;
  /** As requests are signed for it. */
  readonly region: string;
  readonly endpoint: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface MarkedObject {
  readonly sizeBytes: number;
  /** Names in lower case. */
  readonly marks: Readonly<Record<string, string>>;
}

export interface FileToSend {
  readonly file: string;
  /** Kept with the object; names in lower case, ASCII. */
  readonly marks: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

interface Upload {
  readonly object: string;
  readonly uploadId: string;
}

export interface OpenBucket {
  /** Undefined if it is not there. */
  head(object: string): Promise<MarkedObject | undefined>;
  /** Appears under its name once all parts are there, and not before. What an earlier try left of it is removed first. */
  sendFile(object: string, file: FileToSend): Promise<void>;
  /** The object, and what unfinished tries have left of it. What is gone is deleted. */
  delete(object: string): Promise<void>;
  /** Everything whose name begins so. */
  list(prefix: string): Promise<readonly { readonly object: string; readonly sizeBytes: number }[]>;
  /** What unfinished tries have left: parts that cost as much as objects do, and that no list of objects shows. */
  uploads(prefix: string): Promise<readonly Upload[]>;
  /** One of them; what is gone is aborted. */
  abort(object: string, uploadId: string): Promise<void>;
  /** Asks for no more than whether the bucket is there and may be read. @returns the location that it says to be in, if any */
  look(): Promise<string | undefined>;
}

export type OpenBucketOf = (bucket: Bucket) => OpenBucket;

/** Source: IBM's guide "Store large objects": 20 to 100 MB a part is advised, 10,000 parts are the limit; Amazon's is the same. */
const LEAST_PART = 32 * 2 ** 20;
const MOST_PARTS = 10_000;
const AT_ONCE = 4;
const MAX_ATTEMPTS = 5;
const CONNECT_MS = 10_000;
/** For a part too, on a slow way out. */
const ANSWER_MS = 300_000;

export const openBucket: OpenBucketOf = (bucket) => {
  const { name: Bucket } = bucket;
  let made: Promise<S3Client> | undefined;
  const { region, endpoint, keys: credentials } = bucket;
  const timing = { attempts: MAX_ATTEMPTS, connectMs: CONNECT_MS, answerMs: ANSWER_MS };
  const client = () => (made ??= s3Client({ region, endpoint, credentials, ...timing }));
  const failed = (doing: string, cause: unknown): Error => {
    const { name = "Error", message = "", $metadata: { httpStatusCode: status, requestId } = {} } = cause as Answered;
    const id = requestId === undefined ? "" : ` (request ${requestId})`;
    const said = [status, name].filter((one) => one !== undefined).join(" ");
    return new Error(`can't ${doing} in bucket ${Bucket} at ${bucket.endpoint}: ${said}: ${message}${id}`, { cause });
  };
  const attempt = async <T>(
    doing: string,
    ask: (s3: S3Client, sdk: Sdk) => Promise<T>,
    stop?: AbortSignal,
  ): Promise<T> => {
    try {
      return await ask(await client(), await import("@aws-sdk/client-s3"));
    } catch (error) {
      stop?.throwIfAborted();
      throw failed(doing, error);
    }
  };
  return {
    head: (object) =>
      attempt(`look at ${object}`, async (s3, sdk) => {
        try {
          const answer = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: object }));
          return { sizeBytes: answer.ContentLength ?? 0, marks: answer.Metadata ?? {} };
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    sendFile: (object, file) =>
      attempt(
        `put ${object}`,
        async (s3, sdk) => {
          await abortUploads(s3, sdk, Bucket, object);
          try {
            await sendParts(s3, sdk, { Bucket, Key: object }, file);
          } catch (error) {
            // What can't be taken away now is taken away by the next try, or with the object.
            await abortUploads(s3, sdk, Bucket, object).catch(() => undefined);
            throw error;
          }
        },
        file.stop,
      ),
    delete: (object) =>
      attempt(`delete ${object}`, async (s3, sdk) => {
        await abortUploads(s3, sdk, Bucket, object);
        await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: object }));
      }),
    list: (prefix) =>
      attempt(`list ${prefix}`, async (s3, sdk) => {
        const found: { object: string; sizeBytes: number }[] = [];
        for await (const page of sdk.paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: prefix })) {
          for (const { Key, Size } of page.Contents ?? []) {
            if (Key !== undefined) found.push({ object: Key, sizeBytes: Size ?? 0 });
          }
        }
        return found;
      }),
    uploads: (prefix) => attempt(`list uploads of ${prefix}`, (s3, sdk) => uploadsOf(s3, sdk, Bucket, prefix)),
    abort: (object, uploadId) =>
      attempt(`abort an upload of ${object}`, (s3, sdk) => abortUpload(s3, sdk, Bucket, { object, uploadId })),
    look: () =>
      attempt("read anything", async (s3, sdk) => {
        await s3.send(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
        return (await s3.send(new sdk.GetBucketLocationCommand({ Bucket }))).LocationConstraint;
      }),
  };
};

type Sdk = typeof S3;
interface Answered {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

async function sendParts(s3: S3Client, sdk: Sdk, at: { Bucket: string; Key: string }, sent: FileToSend): Promise<void> {
  const handle = await open(sent.file, "r");
  try {
    const { size } = await handle.stat();
    const partBytes = Math.max(LEAST_PART, Math.ceil(size / MOST_PARTS));
    const count = Math.max(1, Math.ceil(size / partBytes));
    const { UploadId } = await s3.send(new sdk.CreateMultipartUploadCommand({ ...at, Metadata: { ...sent.marks } }));
    if (UploadId === undefined) throw new Error("the answer names no upload");
    let next = 1;
    let bytes = 0;
    const parts: CompletedPart[] = [];
    const worker = async (): Promise<void> => {
      for (let number = next++; number <= count; number = next++) {
        sent.stop.throwIfAborted();
        const body = await readPart(
          handle,
          (number - 1) * partBytes,
          Math.min(partBytes, size - (number - 1) * partBytes),
        );
        // The receiver refuses a part that has changed on the way.
        const ContentMD5 = createHash("md5").update(body).digest("base64");
        const part = { ...at, UploadId, PartNumber: number, Body: body, ContentMD5 };
        const { ETag } = await s3.send(new sdk.UploadPartCommand(part), { abortSignal: sent.stop });
        parts[number - 1] = { PartNumber: number, ...(ETag === undefined ? {} : { ETag }) };
        bytes += body.length;
        sent.onProgress(bytes);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
    await s3.send(new sdk.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: parts } }));
  } finally {
    await handle.close();
  }
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const body = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(body, done, length - done, position + done);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    done += bytesRead;
  }
  return body;
}

async function abortUploads(s3: S3Client, sdk: Sdk, Bucket: string, object: string): Promise<void> {
  for (const one of await uploadsOf(s3, sdk, Bucket, object)) {
    if (one.object === object) await abortUpload(s3, sdk, Bucket, one);
  }
}

async function abortUpload(s3: S3Client, sdk: Sdk, Bucket: string, { object, uploadId }: Upload): Promise<void> {
  try {
    await s3.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key: object, UploadId: uploadId }));
  } catch (error) {
    if ((error as Answered).name !== "NoSuchUpload") throw error;
  }
}

async function uploadsOf(s3: S3Client, sdk: Sdk, Bucket: string, Prefix: string): Promise<Upload[]> {
  const found: Upload[] = [];
  let from: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix, ...from }));
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined) found.push({ object: Key, uploadId: UploadId });
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    if (IsTruncated !== true || KeyMarker === undefined) return found;
    from = { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) };
  }
}
