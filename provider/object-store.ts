/** The artifact store's client: what the provider and the stacks ask of a bucket, over the AWS SDK. */
import { resolve } from "node:path";
import type { S3Client, S3ClientConfig, S3ServiceException, _Object as ListEntry } from "@aws-sdk/client-s3";
import { smallBody } from "./object-store-body";
import { knowsNoConditions, type VersionedObjects, versionedObjects } from "./object-store-versions";
import { bucketSetup, type BucketSetup } from "./object-store-bucket";
import { NoConditions, storeError, UnreadableObject } from "./object-store-errors";
import { repositoryRoot } from "./project";
import { longestSession, renewing, usualCredentials } from "./renewed-credentials";
import type { Store } from "./store";

export type { BucketSetup } from "./object-store-bucket";
export { NoConditions, OtherRegion, UnreadableObject } from "./object-store-errors";

export interface ObjectStore extends VersionedObjects {
  /** What the store itself knows of an object; undefined if it is not there. */
  head(object: string): Promise<ObjectHead | undefined>;
  /** The very bytes of a small object; undefined if it is not there. @throws UnreadableObject if it is far too large */
  getBytes(object: string): Promise<Uint8Array | undefined>;
  /** The object parsed as JSON; undefined if it is not there. @throws UnreadableObject if it is no JSON, or far too large */
  getJson(object: string): Promise<unknown>;
  /** Everything whose name begins so, by name, however many there are. */
  list(prefix: string): Promise<readonly ListedObject[]>;
  put(object: string, body: string | Uint8Array, contentType?: string): Promise<void>;
  /** Asks to write an object where none is replaced, in a way that writes nothing: only whether we may is learned. */
  /** @throws NoConditions where that can't be asked, and nothing that depends on it would work */
  tryPut(object: string): Promise<void>;
  /** Succeeds if the object is gone already. */
  delete(object: string): Promise<void>;
  /** How the bucket is set up, as far as somebody tells. */
  setup(): Promise<BucketSetup>;
  /** URL that lets its holder write this one object, for as long as it lives. Secret. */
  presignPut(object: string, options: PresignOptions): Promise<string>;
  /** URL that lets its holder read this one object. Secret. */
  presignGet(object: string, options: PresignOptions): Promise<string>;
}

export interface ListedObject {
  readonly object: string;
  readonly sizeBytes: number;
  /** By the store's clock. */
  readonly modifiedAt: Date;
}

export interface ObjectHead {
  readonly sizeBytes: number;
  /** When it was written, by the store's clock. */
  readonly modifiedAt: Date;
  /** The store's name of the content: another one after each write. */
  readonly etag: string;
}

/** More below one prefix is no folder of ours. */
const MOST_LISTED = 1_000_000;

export interface PresignOptions {
  /** Signed for the address that workers reach the store at. @default false */
  readonly forWorkers?: boolean;
  /** At most a week, the protocol's limit. */
  readonly expiresSeconds: number;
}

export type OpenStore = (store: Store) => ObjectStore;

/** Of one request: how often it is tried, and how long one try may take to connect and to answer. */
const MAX_ATTEMPTS = 4;
const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;

/** Of no object: the MD5 of nothing is another. */
const NO_ETAG = '"00000000000000000000000000000000"';

/**
 * Opens a store. A relative `credentials.file` starts from `root`, the folder that holds this repository. Nothing is
 * loaded or asked before the first use: the SDK takes its time to load, and most runs of the provider never need it.
 */
export function openStore(store: Store, root: string = repositoryRoot()): ObjectStore {
  const sdk = lazy(() => import("@aws-sdk/client-s3"));
  const client = lazy(() => makeClient(store, store.endpoint, root));
  const workersClient = lazy(() => makeClient(store, store.endpointForWorkers ?? store.endpoint, root));
  const renewFor = longestSession();
  const signerFor = async ({ forWorkers, expiresSeconds }: PresignOptions): Promise<S3Client> => {
    const signer = await (forWorkers === true ? workersClient() : client());
    await renewFor(signer, expiresSeconds);
    return signer;
  };
  const at = (object: string): { Bucket: string; Key: string } => ({ Bucket: store.bucket, Key: object });
  const failed = (doing: string, object: string, cause: unknown): Error => storeError(store, doing, object, cause);

  const getBytes = async (object: string): Promise<Uint8Array | undefined> => {
    const { GetObjectCommand } = await sdk();
    try {
      return await smallBody(object, await (await client()).send(new GetObjectCommand(at(object))));
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof UnreadableObject) throw error;
      throw failed("read", object, error);
    }
  };

  return {
    ...versionedObjects(store.bucket, client, failed),
    head: async (object) => {
      const { HeadObjectCommand } = await sdk();
      try {
        const answer = await (await client()).send(new HeadObjectCommand(at(object)));
        if (answer.ContentLength === undefined) throw new Error("the answer has no Content-Length");
        if (answer.LastModified === undefined) throw new Error("the answer has no Last-Modified");
        if (answer.ETag === undefined) throw new Error("the answer has no ETag");
        return { sizeBytes: answer.ContentLength, modifiedAt: answer.LastModified, etag: answer.ETag };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw failed("look at", object, error);
      }
    },
    getBytes,
    getJson: async (object) => {
      const bytes = await getBytes(object);
      return bytes === undefined ? undefined : parseJson(object, Buffer.from(bytes).toString());
    },
    list: async (prefix) => {
      const { paginateListObjectsV2 } = await sdk();
      const found: ListedObject[] = [];
      try {
        const asked = { Bucket: store.bucket, Prefix: prefix };
        const pages = { client: await client(), stopOnSameToken: true };
        for await (const page of paginateListObjectsV2(pages, asked)) {
          found.push(...(page.Contents ?? []).map(listed));
          if (found.length > MOST_LISTED) throw new Error(`there are more than ${MOST_LISTED} objects`);
        }
      } catch (error) {
        throw failed("list", `${prefix}*`, error);
      }
      return found;
    },
    put: async (object, body, contentType) => {
      const { PutObjectCommand } = await sdk();
      const type = contentType === undefined ? {} : { ContentType: contentType };
      try {
        await (await client()).send(new PutObjectCommand({ ...at(object), Body: body, ...type }));
      } catch (error) {
        throw failed("write", object, error);
      }
    },
    tryPut: async (object) => {
      const { PutObjectCommand, DeleteObjectCommand } = await sdk();
      try {
        // Replaces only an object with this tag, and there is none.
        await (await client()).send(new PutObjectCommand({ ...at(object), Body: "x", IfMatch: NO_ETAG }));
        // A server that minds no condition has written it.
        await (await client()).send(new DeleteObjectCommand(at(object)));
      } catch (error) {
        const { name, $metadata: { httpStatusCode } = {} } = error as S3ServiceException;
        if (knowsNoConditions(error)) throw new NoConditions(store.bucket, error);
        const refused = httpStatusCode === 412 || httpStatusCode === 404 || httpStatusCode === 409;
        if (!refused || name === "NoSuchBucket") throw failed("write", object, error);
      }
    },
    delete: async (object) => {
      const { DeleteObjectCommand } = await sdk();
      try {
        await (await client()).send(new DeleteObjectCommand(at(object)));
      } catch (error) {
        if (!isMissing(error)) throw failed("delete", object, error);
      }
    },
    setup: () => bucketSetup(store.bucket, client),
    presignPut: async (object, options) => {
      const { PutObjectCommand } = await sdk();
      const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
      return getSignedUrl(await signerFor(options), new PutObjectCommand(at(object)), {
        expiresIn: options.expiresSeconds,
      });
    },
    presignGet: async (object, options) => {
      const { GetObjectCommand } = await sdk();
      const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
      return getSignedUrl(await signerFor(options), new GetObjectCommand(at(object)), {
        expiresIn: options.expiresSeconds,
      });
    },
  };
}

/** A client of the S3 protocol for a store, at one of its endpoints. */
export async function makeClient(store: Store, endpoint: string | undefined, root: string): Promise<S3Client> {
  const { fromIni } = await import("@aws-sdk/credential-providers");
  const { credentials } = store;
  return s3Client({
    region: store.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials:
      credentials === undefined
        ? await usualCredentials()
        : fromIni({ filepath: resolve(root, credentials.file), profile: credentials.profile, ignoreCache: true }),
    ...{ attempts: MAX_ATTEMPTS, connectMs: CONNECT_MS, answerMs: ANSWER_MS },
  });
}

export interface S3ClientOptions extends Pick<S3ClientConfig, "credentials"> {
  readonly region: string;
  /** @default Amazon's */
  readonly endpoint?: string;
  /** Of one request, and how long one of them may take to connect and to answer. */
  readonly attempts: number;
  readonly connectMs: number;
  readonly answerMs: number;
}

export async function s3Client({ attempts, connectMs, answerMs, ...options }: S3ClientOptions): Promise<S3Client> {
  quietSdk();
  const { S3Client: Client } = await import("@aws-sdk/client-s3");
  const client = new Client({
    ...options,
    // Servers that only speak the protocol have no DNS name for each bucket.
    ...(options.endpoint === undefined ? {} : { forcePathStyle: true }),
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: answerMs, throwOnRequestTimeout: true },
    // Else a presigned PUT is signed with the checksum of an empty body, and a real one is refused; nor does every server know the
    // SDK's own checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return renewing(client);
}

/** The SDK tells every user of node 20 about 2027, which would be printed in each `pulumi up`. */
export function quietSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
}

function listed({ Key, Size, LastModified }: ListEntry): ListedObject {
  if (Key === undefined || Size === undefined || LastModified === undefined) {
    throw new Error("the answer has an object without name, size or date");
  }
  return { object: Key, sizeBytes: Size, modifiedAt: LastModified };
}

export function parseJson(object: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UnreadableObject(object, "is not JSON", cause);
  }
}

export function isMissing(error: unknown): boolean {
  const { name } = error as { name?: string };
  // A missing bucket is a mistake in the settings, not a missing object; HEAD can't tell them apart, GET and PUT can.
  return name === "NotFound" || name === "NoSuchKey";
}

function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
