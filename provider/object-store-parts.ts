/** A bucket that holds files of many GB, with marks on them: sent in parts, each checked by the receiver. Over the AWS SDK. */
import type { S3Client } from "@aws-sdk/client-s3";
import { isMissing, s3Client } from "./object-store";
import { type FileToSend, type Sdk, type StoredPart, type Upload, Uploads, unquoted } from "./object-store-uploads";

export interface Bucket {
  readonly name: string;
  /** As requests are signed for it. */
  readonly region: string;
  readonly endpoint: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface MarkedObject {
  readonly sizeBytes: number;
  /** Without quotes: of one that was sent in parts, md5 of their md5 sums, and how many there were. */
  readonly etag: string;
  /** Names in lower case. */
  readonly marks: Readonly<Record<string, string>>;
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
  /** An upload that others may put parts into: the object appears once it is completed. @returns its id */
  begin(object: string, marks: Readonly<Record<string, string>>): Promise<string>;
  /** Those that have come, by number; undefined where there is no such upload. */
  parts(upload: Upload): Promise<readonly StoredPart[] | undefined>;
  /** Puts the object together from them. @returns false where there is no such upload: it was finished, or given up */
  complete(upload: Upload, parts: readonly StoredPart[]): Promise<boolean>;
  /** URLs that let their holder put these parts, the first so many of them. Secret. */
  presignParts(upload: Upload, options: { readonly count: number; readonly expiresSeconds: number }): Promise<string[]>;
  /** What unfinished tries have left: parts that cost as much as objects do, and that no list of objects shows. */
  uploads(prefix: string): Promise<readonly Upload[]>;
  /** One of them; what is gone is aborted. */
  abort(upload: Upload): Promise<void>;
  /** All of one object. */
  abortAll(object: string): Promise<void>;
  /** Asks for no more than whether the bucket is there and may be read. @returns the location that it says to be in, if any */
  look(): Promise<string | undefined>;
}

export type OpenBucketOf = (bucket: Bucket) => OpenBucket;

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
  const ofUploads = <T>(doing: string, ask: (uploads: Uploads) => Promise<T>, stop?: AbortSignal): Promise<T> =>
    attempt(doing, (s3, sdk) => ask(new Uploads(s3, sdk, Bucket)), stop);
  return {
    head: (object) =>
      attempt(`look at ${object}`, async (s3, sdk) => {
        try {
          const answer = await s3.send(new sdk.HeadObjectCommand({ Bucket, Key: object }));
          const { ContentLength: sizeBytes = 0, ETag = "", Metadata: marks = {} } = answer;
          return { sizeBytes, etag: unquoted(ETag), marks };
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    sendFile: (object, file) => ofUploads(`put ${object}`, (uploads) => uploads.sendFile(object, file), file.stop),
    delete: (object) =>
      attempt(`delete ${object}`, async (s3, sdk) => {
        await new Uploads(s3, sdk, Bucket).abortAll(object);
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
    begin: (object, marks) => ofUploads(`begin an upload of ${object}`, (uploads) => uploads.begin(object, marks)),
    parts: (upload) => ofUploads(`list the parts of ${upload.object}`, (uploads) => uploads.parts(upload)),
    complete: (upload, parts) =>
      ofUploads(`complete the upload of ${upload.object}`, (uploads) => uploads.complete(upload, parts)),
    presignParts: (upload, { count, expiresSeconds }) =>
      ofUploads(`let parts of ${upload.object} be put`, (uploads) => uploads.presign(upload, count, expiresSeconds)),
    uploads: (prefix) => ofUploads(`list uploads of ${prefix}`, (uploads) => uploads.list(prefix)),
    abort: (upload) => ofUploads(`abort an upload of ${upload.object}`, (uploads) => uploads.abort(upload)),
    abortAll: (object) => ofUploads(`abort uploads of ${object}`, (uploads) => uploads.abortAll(object)),
    look: () =>
      attempt("read anything", async (s3, sdk) => {
        await s3.send(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
        return (await s3.send(new sdk.GetBucketLocationCommand({ Bucket }))).LocationConstraint;
      }),
  };
};

interface Answered {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}
