/** A handler of images before a Glance that can be made to fail, with a disk to publish and a clock that passes at once. */
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import type { Call, ResourceHandler } from "../../../../provider/handler";
import type { Wait } from "../../../../provider/wait";
import { type Cloud, cloudOf } from "../cloud/cloud";
import { glanceImageHandler } from "../image/handler";
import { fakeGlance, type FakeGlance } from "./fake-glance";
import { storeDisk, type StoredDisk } from "./stored-disk";

type Fault = FakeGlance["fault"];

export interface Publishing {
  readonly glance: FakeGlance;
  readonly disk: StoredDisk;
  readonly owner: { readonly identity: string; readonly resource: string };
  readonly call: Call;
  readonly wait: Wait;
  /** Of a process that has just started. */
  readonly cloud: () => Cloud;
  readonly handler: () => ResourceHandler;
  readonly inputs: (more?: object) => ReturnType<typeof decode>;
  readonly create: (more?: object) => ReturnType<ResourceHandler["create"]>;
  /** How many requests began so. */
  readonly count: (start: string) => number;
  /** Answers requests that begin so from a script, each of it once, and then as Glance does; `undefined` is Glance's own answer. */
  readonly script: (start: string, ...acts: readonly (Fault | undefined)[]) => void;
  readonly close: () => Promise<void>;
}

export async function publishing(): Promise<Publishing> {
  const glance = await fakeGlance();
  const disk = await storeDisk(Buffer.from("the disk ".repeat(30_000)));
  const owner = { identity: "abcdefgh2345", resource: "image.place" };
  const call = fakeCall("urn:pulumi:devel::p::builders:index:GlanceImage::i");
  let now = 0;
  const wait: Wait = {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const cloud = (): Cloud => cloudOf({ ...glance.cloud.access, region: "here" }, { wait: { ...wait, now: Date.now } });
  const handler = (): ResourceHandler => {
    const opened = cloud();
    return glanceImageHandler({ openCloud: () => opened, openStore: disk.openStore, wait });
  };
  const inputs = (more: object = {}): ReturnType<typeof decode> =>
    decode({ cloud: { cloud: "fake" }, name: "i", owner, ...disk.inputs, ...more });
  return {
    ...{ glance, disk, owner, call, wait, cloud, handler, inputs },
    create: (more) => handler().create(inputs(more), call),
    count: (start) => glance.seen.filter((line) => line.startsWith(start)).length,
    script: (start, ...acts) => {
      let at = 0;
      glance.fault = (received, response) => {
        if (!`${received.method} ${received.path}`.startsWith(start)) return false;
        return acts[at++]?.(received, response) ?? false;
      };
    },
    close: async () => {
      disk.close();
      await glance.cloud.close();
    },
  };
}
