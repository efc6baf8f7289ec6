/** For tests: a store in memory that notes what is done to it. */
import { type ObjectStore, parseJson } from "./object-store";

/** When every object was written, but for those in `modified`. */
export const WRITTEN = new Date("2026-11-26T03:00:00.000Z");

export interface FakeStore extends ObjectStore {
  readonly modified: Map<string, Date>;
  readonly objects: Map<string, string>;
  readonly deleted: string[];
}

export function fakeStore(content: Readonly<Record<string, string>>): FakeStore {
  const objects = new Map(Object.entries(content));
  const deleted: string[] = [];
  const modified = new Map<string, Date>();
  return {
    objects,
    modified,
    deleted,
    head: (object) => {
      const text = objects.get(object);
      const head = { sizeBytes: Buffer.byteLength(text ?? ""), lastModified: modified.get(object) ?? WRITTEN };
      return Promise.resolve(text === undefined ? undefined : head);
    },
    getJson: async (object) => {
      const text = await Promise.resolve(objects.get(object));
      return text === undefined ? undefined : parseJson(object, text);
    },
    put: (object, body) => {
      objects.set(object, Buffer.from(body).toString());
      return Promise.resolve();
    },
    tryPut: () => Promise.resolve(),
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
