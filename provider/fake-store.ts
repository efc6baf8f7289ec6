/** For tests: a store in memory that notes what is done to it. */
import { createHash } from "node:crypto";
import { type ObjectStore, parseJson } from "./object-store";

/** When every object was written, but for those in `modified`. */
export const WRITTEN = new Date("2026-11-26T03:00:00.000Z");

export interface FakeStore extends ObjectStore {
  readonly modified: Map<string, Date>;
  readonly objects: Map<string, string>;
  readonly deleted: string[];
}

export interface FakeStoreOptions {
  /** The store's own clock. @default this machine's */
  readonly now?: () => number;
  /** Knows the conditions of a write. @default true */
  readonly conditions?: boolean;
}

export function fakeStore(content: Readonly<Record<string, string>>, options: FakeStoreOptions = {}): FakeStore {
  const { now = Date.now, conditions = true } = options;
  const objects = new Map(Object.entries(content));
  const deleted: string[] = [];
  const versions = new Map<string, { readonly etag: string; readonly modifiedAt: Date }>();
  let writes = 0;
  const modified = new Map<string, Date>();
  return {
    getVersion: (object) => {
      const text = objects.get(object);
      if (text === undefined) return Promise.resolve(undefined);
      const { etag, modifiedAt } = versions.get(object) ?? { etag: "first", modifiedAt: new Date(0) };
      return Promise.resolve({ body: JSON.parse(text) as unknown, etag, modifiedAt, serverDate: new Date(now()) });
    },
    putVersion: (object, body, condition) => {
      const there = objects.has(object) ? (versions.get(object)?.etag ?? "first") : undefined;
      const holds = condition === "absent" ? there === undefined : there === condition.etag;
      if (conditions && !holds) return Promise.resolve(undefined);
      writes += 1;
      const etag = `version ${String(writes)}`;
      objects.set(object, JSON.stringify(body));
      versions.set(object, { etag, modifiedAt: new Date(now()) });
      return Promise.resolve(etag);
    },
    objects,
    modified,
    deleted,
    head: (object) => {
      const text = objects.get(object);
      const etag = `"${createHash("md5")
        .update(text ?? "")
        .digest("hex")}"`;
      const head = { sizeBytes: Buffer.byteLength(text ?? ""), modifiedAt: modified.get(object) ?? WRITTEN, etag };
      return Promise.resolve(text === undefined ? undefined : head);
    },
    getBytes: (object) => {
      const text = objects.get(object);
      return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
    },
    getJson: async (object) => {
      const text = await Promise.resolve(objects.get(object));
      return text === undefined ? undefined : parseJson(object, text);
    },
    list: (prefix) =>
      Promise.resolve(
        [...objects]
          .filter(([object]) => object.startsWith(prefix))
          .map(([object, text]) => ({ object, sizeBytes: Buffer.byteLength(text), modifiedAt: new Date(0) })),
      ),
    put: (object, body) => {
      objects.set(object, Buffer.from(body).toString());
      return Promise.resolve();
    },
    tryPut: () => Promise.resolve(),
    setup: () => Promise.resolve({ keepsVersions: false, requesterPays: false }),
    delete: (object) => {
      deleted.push(object);
      objects.delete(object);
      return Promise.resolve();
    },
    presignPut: (object) => Promise.resolve(`http://store.test/${object}?put`),
    presignGet: (object) => Promise.resolve(`http://store.test/${object}?get`),
  };
}

/** A call of the engine that nobody stops; what is said to the user is kept. */
export function fakeCall(urn: string): {
  readonly urn: string;
  readonly log: { status(text: string): void; info(text: string): void; warn(text: string): void };
  readonly stop: AbortSignal;
  readonly gone: AbortSignal;
  readonly said: string[];
} {
  const said: string[] = [];
  const note = (text: string): void => void said.push(text);
  const never = new AbortController().signal;
  return { urn, log: { status: note, info: note, warn: note }, stop: never, gone: never, said };
}
