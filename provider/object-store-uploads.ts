/** Uploads in parts: their parts cost as much as objects do, and no list of objects shows them. Over the AWS SDK. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import type * as S3 from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";

export type Sdk = typeof S3;

/** One that is not finished. */
export interface Upload {
  readonly object: string;
  readonly uploadId: string;
}

export interface NamedPart {
  readonly number: number;
  /** As the store says it, without quotes. */
  readonly etag: string;
}

/** A part as the store has it. */
export interface StoredPart extends NamedPart {
  readonly sizeBytes: number;
}

export interface FileToSend {
  readonly file: string;
  /** Kept with the object; names in lower case, ASCII. */
  readonly marks: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

/** Source: IBM's guide "Store large objects": 20 to 100 MB a part is advised, 10,000 parts are the limit; Amazon's is the same. */
export const USUAL_PART = 32 * 2 ** 20;
export const MOST_PARTS = 10_000;
const AT_ONCE = 4;

/** Of what is in a bucket, over one client. */
export class Uploads {
  constructor(
    private readonly s3: S3Client,
    private readonly sdk: Sdk,
    private readonly Bucket: string,
  ) {}

  /** @returns its id */
  async begin(object: string, marks: Readonly<Record<string, string>>): Promise<string> {
    const { UploadId } = await this.s3.send(
      new this.sdk.CreateMultipartUploadCommand({ Bucket: this.Bucket, Key: object, Metadata: { ...marks } }),
    );
    if (UploadId === undefined) throw new Error("the answer names no upload");
    return UploadId;
  }

  /** Those that have come, by number; undefined where there is no such upload. */
  async parts({ object, uploadId }: Upload): Promise<StoredPart[] | undefined> {
    const found: StoredPart[] = [];
    const at = { Bucket: this.Bucket, Key: object, UploadId: uploadId };
    // Not the SDK's pages: servers name a next part after the last one too, and say beside it that there is none.
    let from: { PartNumberMarker?: string } = {};
    try {
      for (let more = true; more;) {
        const page = await this.s3.send(new this.sdk.ListPartsCommand({ ...at, ...from }));
        for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
          if (PartNumber === undefined || Size === undefined || ETag === undefined)
            throw new Error("the answer has a part without number, size or ETag");
          found.push({ number: PartNumber, sizeBytes: Size, etag: unquoted(ETag) });
        }
        const { IsTruncated, NextPartNumberMarker: PartNumberMarker } = page;
        more = IsTruncated === true && PartNumberMarker !== undefined;
        from = PartNumberMarker === undefined ? {} : { PartNumberMarker };
      }
    } catch (error) {
      if (isNoUpload(error)) return undefined;
      throw error;
    }
    return found.sort((one, other) => one.number - other.number);
  }

  /** @returns false where there is no such upload: it was finished, or given up */
  async complete({ object, uploadId }: Upload, parts: readonly NamedPart[]): Promise<boolean> {
    const at = { Bucket: this.Bucket, Key: object, UploadId: uploadId };
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` }));
    try {
      await this.s3.send(new this.sdk.CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }));
      return true;
    } catch (error) {
      if (isNoUpload(error)) return false;
      throw error;
    }
  }

  /** One that lets its holder put one part, for each of so many. Secret. */
  async presign({ object, uploadId }: Upload, count: number, expiresSeconds: number): Promise<string[]> {
    const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
    const urls: string[] = [];
    for (let number = 1; number <= count; number += 1) {
      const part = { Bucket: this.Bucket, Key: object, UploadId: uploadId, PartNumber: number };
      urls.push(await getSignedUrl(this.s3, new this.sdk.UploadPartCommand(part), { expiresIn: expiresSeconds }));
    }
    return urls;
  }

  /** What unfinished tries have left below a prefix. */
  async list(Prefix: string): Promise<Upload[]> {
    const found: Upload[] = [];
    let from: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await this.s3.send(
        new this.sdk.ListMultipartUploadsCommand({ Bucket: this.Bucket, Prefix, ...from }),
      );
      for (const { Key, UploadId } of page.Uploads ?? []) {
        if (Key !== undefined && UploadId !== undefined) found.push({ object: Key, uploadId: UploadId });
      }
      const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      if (IsTruncated !== true || KeyMarker === undefined) return found;
      from = { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) };
    }
  }

  /** One; what is gone is aborted. */
  async abort({ object, uploadId }: Upload): Promise<void> {
    try {
      const at = { Bucket: this.Bucket, Key: object, UploadId: uploadId };
      await this.s3.send(new this.sdk.AbortMultipartUploadCommand(at));
    } catch (error) {
      if (!isNoUpload(error)) throw error;
    }
  }

  /** All of one object. */
  async abortAll(object: string): Promise<void> {
    for (const one of await this.list(object)) {
      if (one.object === object) await this.abort(one);
    }
  }

  /** What an earlier try left of the object is given up first; what this one leaves is its own alone. */
  async sendFile(object: string, sent: FileToSend): Promise<void> {
    await this.abortAll(object);
    const handle = await open(sent.file, "r");
    try {
      const upload = { object, uploadId: await this.begin(object, sent.marks) };
      try {
        const parts = await this.sendParts(upload, handle, sent);
        if (!(await this.complete(upload, parts))) throw new Error("somebody else has given up this upload");
      } catch (error) {
        // What can't be taken away now is taken away by the next try, or with the object.
        await this.abort(upload).catch(() => undefined);
        throw error;
      }
    } finally {
      await handle.close();
    }
  }

  private async sendParts({ object, uploadId }: Upload, handle: FileHandle, sent: FileToSend): Promise<NamedPart[]> {
    const { size } = await handle.stat();
    const partBytes = Math.max(USUAL_PART, Math.ceil(size / MOST_PARTS));
    const count = Math.max(1, Math.ceil(size / partBytes));
    let next = 1;
    let bytes = 0;
    const parts: NamedPart[] = [];
    const worker = async (): Promise<void> => {
      for (let number = next++; number <= count; number = next++) {
        sent.stop.throwIfAborted();
        const start = (number - 1) * partBytes;
        const Body = await readPart(handle, start, Math.min(partBytes, size - start));
        // The receiver refuses a part that has changed on the way.
        const ContentMD5 = createHash("md5").update(Body).digest("base64");
        const part = { Bucket: this.Bucket, Key: object, UploadId: uploadId, PartNumber: number, Body, ContentMD5 };
        const { ETag } = await this.s3.send(new this.sdk.UploadPartCommand(part), { abortSignal: sent.stop });
        if (ETag === undefined) throw new Error(`the answer to part ${number} has no ETag`);
        parts[number - 1] = { number, etag: unquoted(ETag) };
        bytes += Body.length;
        sent.onProgress(bytes);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
    return parts;
  }
}

export const unquoted = (etag: string): string => etag.replaceAll('"', "");

const isNoUpload = (error: unknown): boolean => error instanceof Error && error.name === "NoSuchUpload";

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const body = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(body, done, length - done, position + done);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    done += bytesRead;
  }
  return body;
}
