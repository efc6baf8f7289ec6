/** For tests: a store in memory that notes what is done to it. */
import type { ObjectStore } from "./object-store";

export interface FakeStore extends ObjectStore {
  readonly objects: Map<string, string>;
  readonly deleted: string[];
}

export function fakeStore(content: Readonly<Record<string, string>>): FakeStore {
  const objects = new Map(Object.entries(content));
  const deleted: string[] = [];
  return {
    objects,
    deleted,
    head: (object) => {
      const text = objects.get(object);
      return Promise.resolve(text === undefined ? undefined : { sizeBytes: Buffer.byteLength(text) });
    },
    getJson: (object) => {
      const text = objects.get(object);
      return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as unknown));
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
