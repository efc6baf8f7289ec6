/** Stacks that publish one image on a fake hypervisor, and the store that they pull it from. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { decode } from "../../../../../provider/codec";
import { fakeCall, fakeStore } from "../../../../../provider/fake-store";
import type { Diff, Properties } from "../../../../../provider/handler";
import { libvirtImageHandler } from "../handler";
import { zstdCompress } from "../zstd-for-tests";
import type { FakeHypervisor } from "./hypervisor";

export const NAME = "copr-builder-x86_64-g1-01234567";
export const IDENTITY = "abcdefgh2345";
export const DISK = Buffer.alloc(64 * 1024, "disk");
const PACKED = zstdCompress(DISK);

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Inputs of a LibvirtImage of `DISK`. */
export function imageInputs(more: object = {}): Properties {
  return {
    uri: "qemu:///system",
    pool: "images",
    name: NAME,
    sizeBytes: DISK.length,
    sha256: sha256(DISK),
    object: { object: "disks/k.raw.zst", sizeBytes: PACKED.length },
    store: { bucket: "b", region: "r" },
    owner: { identity: IDENTITY, resource: "image.place" },
    ...more,
  };
}

/** What the engine asks of the handler. */
export interface TestStack {
  create(news: Properties): Promise<Properties>;
  update(olds: Properties, news: Properties): Promise<Properties>;
  read(state: Properties): Promise<Properties | undefined>;
  remove(state: Properties): Promise<void>;
  diff(olds: Properties, news: Properties): Diff;
}

export interface Stacks {
  /** How often the disk was asked of the store since the last `reset`. */
  requests: number;
  /** What happens while it is pulled. */
  meanwhile: () => void;
  reset(): void;
  close(): void;
  /** @param said gets what the user is told to stay */
  stack(hypervisor: FakeHypervisor, said: string[]): TestStack;
}

export async function stacks(): Promise<Stacks> {
  const server = createServer((_request, response) => {
    self.requests += 1;
    self.meanwhile();
    response.end(PACKED);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the store of the test has no port");
  const url = `http://127.0.0.1:${String(address.port)}/disk`;
  const self: Stacks = {
    requests: 0,
    meanwhile: () => undefined,
    reset: () => {
      self.requests = 0;
      self.meanwhile = () => undefined;
    },
    close: () => void server.close(),
    stack: ({ run }, said) => {
      const openStore = () => ({ ...fakeStore({}), presignGet: () => Promise.resolve(url) });
      const handler = libvirtImageHandler({ run, now: Date.now, openStore });
      const note = (text: string): void => void said.push(text);
      const call = fakeCall("urn:pulumi:dev::p::builders:index:LibvirtImage::i");
      const quiet = { ...call, log: { status: () => undefined, info: note, warn: note } };
      return {
        create: async (news) => (await handler.create(decode(news), quiet)).outs,
        update: (olds, news) => handler.update("i", decode(olds), decode(news), quiet),
        read: (state) => handler.read("i", decode(state), quiet),
        remove: (state) => handler.delete("i", decode(state), quiet),
        diff: (olds, news) => handler.diff(olds, news),
      };
    },
  };
  return self;
}
