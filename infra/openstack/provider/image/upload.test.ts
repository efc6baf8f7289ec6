/** An upload that Glance answers, and does not do: it is looked at, sent again or made again, and ends with words. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { PartialFailure } from "../../../../provider/handler";
import { type Glance, glanceOf } from "../cloud/glance";
import { glanceImageNameHandler } from "../image-name/handler";
import { fill, type FakeGlance } from "../testing/fake-glance";
import { publishing, type Publishing } from "../testing/publishing";
import { argsSchema } from "./args";
import { fill as fillImage } from "./fill";
import { glanceImageHandler } from "./handler";

type Fault = FakeGlance["fault"];

let room: Publishing;
beforeEach(async () => {
  room = await publishing();
});
afterEach(() => room.close());

const imageOf = (path: string): Record<string, unknown> => room.glance.images.get(path.split("/")[3] ?? "") ?? {};
const answered =
  (status: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  (_received, response) => {
    response.writeHead(status, headers).end(status === 204 ? "" : JSON.stringify({ message: `it is ${status}` }));
    return true;
  };
/** Somebody deletes the image while its bytes are on their way. */
const deleted =
  (status: number): Fault =>
  (received, response) => {
    room.glance.images.delete(received.path.split("/")[3] ?? "");
    return answered(status)(received, response);
  };
const stuck =
  (status: string): Fault =>
  ({ path }, response) => {
    imageOf(path)["status"] = status;
    response.socket?.destroy();
    return true;
  };

/** One image, whole, and the disk. */
function expectTheDisk(id: string): void {
  const { glance, disk } = room;
  expect([...glance.images.keys()]).toEqual([id]);
  expect(glance.images.get(id)).toMatchObject({ status: "active", "copr-builders-sum": disk.sha512 });
  expect(glance.body).toBe(disk.bytes.toString("latin1"));
}

test("an image that is queued after Glance has said that it has the bytes is sent again", async () => {
  room.script("PUT", answered(204), undefined);
  expectTheDisk((await room.create()).id);
  expect(room.count("PUT")).toBe(2);
});

test("one that another server of Glance still shows as queued for a moment is not sent twice", async () => {
  room.script("PUT", (received, response) => {
    const image = imageOf(received.path);
    fill(room.glance, image, received.body);
    let looks = 0;
    room.glance.fault = (asked, answer) => {
      if (asked.method !== "GET" || !asked.path.endsWith(String(image["id"])) || ++looks > 3) return false;
      answer.end(JSON.stringify({ ...image, status: "queued", os_hash_value: null }));
      return true;
    };
    return answered(204)(received, response);
  });
  expectTheDisk((await room.create()).id);
  expect(room.count("PUT")).toBe(1);
});

test("one that stays queued whatever Glance says ends with words, and is not left", async () => {
  room.script("PUT", ...Array.from({ length: 9 }, () => answered(204)));
  await expect(room.create()).rejects.toThrow(
    /did not take the disk \(tried 4 times\); image .* is queued; it said each time that it had all of it\nask the cloud's operator/,
  );
  expect([room.count("PUT"), room.glance.images.size]).toEqual([4, 0]);
});

test("one that never takes it says why not", async () => {
  room.script("PUT", ...Array.from({ length: 9 }, () => answered(503)));
  await expect(room.create()).rejects.toThrow(/tried 4 times.* is queued; the last time: .*answered 503 .*it is 503/s);
  expect(room.glance.images.size).toBe(0);
});

test("a token that ends in mid-upload is asked for again, and the upload begun again with the new one", async () => {
  const tokens: (string | undefined)[] = [];
  room.script("PUT", answered(401), ({ token }) => {
    tokens.push(token);
    return false;
  });
  expectTheDisk((await room.create()).id);
  expect([room.glance.cloud.logins(), tokens]).toEqual([2, ["token-2"]]);
});

test.each([404, 410])(
  "an image that somebody deletes in mid-upload (%i) is made again, under another id",
  async (status) => {
    room.script("PUT", deleted(status));
    expectTheDisk((await room.create()).id);
    expect([room.count("POST /v2/images"), room.glance.used.size]).toEqual([2, 2]);
  },
);

test("one that comes to nothing, and bears another mark by then, is not deleted", async () => {
  room.script("PUT", (received, response) => {
    imageOf(received.path)["copr-builders-owner"] = "bbbbbbbb2345";
    return stuck("saving")(received, response);
  });
  const { id } = await room.create();
  const images = [...room.glance.images.values()];
  expect(images.map((one) => [one["id"] === id, one["copr-builders-owner"]])).toEqual([
    [false, "bbbbbbbb2345"],
    [true, room.owner.identity],
  ]);
});

test("one that is deleted each time ends with words after the third", async () => {
  room.script("PUT", ...Array.from({ length: 99 }, () => deleted(410)));
  await expect(room.create()).rejects.toThrow(
    /no image "i" can be made: 3 images were lost; of the last one: image .* is gone\nask the cloud's operator/,
  );
  expect([room.count("PUT"), room.glance.images.size]).toEqual([3, 0]);
});

test("a PUT that is not known, of an image that is there, ends with words", async () => {
  room.script("PUT", ...Array.from({ length: 9 }, () => answered(404)));
  await expect(room.create()).rejects.toThrow(/tried 4 times.* is queued; the last time: .*answered 404/s);
  expect([room.count("PUT"), room.glance.images.size]).toEqual([4, 0]);
});

test.each(["saving", "importing"])(
  "a store that leaves every image %s ends the run after the third",
  async (status) => {
    room.script("PUT", ...Array.from({ length: 99 }, () => stuck(status)));
    await expect(room.create()).rejects.toThrow(
      new RegExp(
        `3 images were lost; of the last one: image .* was ${status} for 15 minutes\nask the cloud's operator`,
      ),
    );
    expect([room.count("PUT"), room.glance.images.size]).toEqual([3, 0]);
    expect(room.wait.now()).toBeLessThan(60 * 60_000);
  },
);

test("an answer before all bytes were sent is no proof of them, though Glance's sum and ours are of the same part", async () => {
  const { cloud, disk, wait, call } = room;
  let sum = "";
  const glance: Glance = {
    ...glanceOf(cloud()),
    get: (id) => {
      const image = { id, visibility: "private", protected: false, os_hash_algo: "sha512", os_hash_value: sum };
      return Promise.resolve({ ...image, status: sum === "" ? "queued" : "active" });
    },
    put: async (_id, { bytes }) => {
      for await (const chunk of bytes) {
        sum = createHash("sha512").update(chunk).digest("hex");
        break;
      }
    },
  };
  const wanted = argsSchema.parse(room.inputs().value);
  const error: unknown = await fillImage("x", wanted, { glance, openStore: disk.openStore, wait }, call).catch(
    (cause: unknown) => cause,
  );
  expect(sum).not.toBe("");
  expect(String(error)).toContain(`image x has sha512 ${sum}, and the disk has ${disk.sha512}`);
});

test("an image that an update finishes, and nothing comes of, is deleted, with what to do", async () => {
  room.glance.fault = ({ method }, response) => {
    if (method !== "PUT" && method !== "DELETE") return false;
    response.writeHead(method === "PUT" ? 413 : 403).end(JSON.stringify({ message: "no" }));
    return true;
  };
  const error: unknown = await room.create().catch((cause: unknown) => cause);
  if (!(error instanceof PartialFailure)) throw new Error("expected what is left", { cause: error });
  room.script("PUT", stuck("saving"));
  const update = room.handler().update(error.id, decode(error.properties), room.inputs(), room.call);
  await expect(update).rejects.toThrow(
    /was saving for 15 minutes; it is deleted: run "pulumi refresh", which forgets it/,
  );
  expect(room.glance.images.size).toBe(0);
  expect(await room.handler().read(error.id, decode(error.properties), room.call)).toBeUndefined();
});

test("two runs at once make one image of the disk, and both have it", async () => {
  // Whoever begins first sends: the other is refused as Glance does, and waits.
  let begun = 0;
  room.glance.fault = ({ method, path }, response) => {
    if (method !== "PUT" || ++begun > 1) return false;
    imageOf(path)["status"] = "saving";
    setTimeout(() => {
      fill(room.glance, imageOf(path), room.disk.bytes.toString("latin1"));
      response.writeHead(204).end();
    }, 200);
    return true;
  };
  const wait = { ...room.wait, sleep: (ms: number) => room.wait.sleep(ms, room.call.stop).then(() => pause(20)) };
  const runs = [1, 2].map(() =>
    glanceImageHandler({ openCloud: room.cloud, openStore: room.disk.openStore, wait }).create(
      room.inputs(),
      room.call,
    ),
  );
  const [first, second] = await Promise.all(runs);
  expectTheDisk(first?.id ?? "");
  expect([second?.id, room.glance.used.size]).toEqual([first?.id, 1]);
});

test("a POST whose answer was lost is found, though the next server of Glance shows it late", async () => {
  let lost: string | undefined;
  let looks = 0;
  room.glance.fault = ({ method, path, body }, response) => {
    if (method === "POST" && path === "/v2/images" && lost === undefined) {
      const image = JSON.parse(body) as { id: string };
      lost = image.id;
      room.glance.images.set(lost, { ...image, status: "queued", protected: false, owner: "p" });
      room.glance.used.add(lost);
      response.socket?.destroy();
      return true;
    }
    if (method !== "GET" || lost === undefined || !path.endsWith(lost) || ++looks > 2) return false;
    return answered(404)({ method, path, body, token: undefined }, response);
  };
  expectTheDisk((await room.create()).id);
  expect([...room.glance.used]).toEqual([lost]);
});

test("a Glance that knows no filter gives us nothing of others: not of another project, name, resource or stack", async () => {
  const { glance, disk, owner, cloud, call } = room;
  const marks = { "copr-builders-owner": owner.identity, "copr-builders-resource": owner.resource };
  const whole = {
    ...{ name: "i", owner: "p", status: "active", visibility: "private", protected: false, ...marks },
    ...{ os_hash_algo: "sha512", os_hash_value: disk.sha512, "copr-builders-sum": disk.sha512 },
    "copr-builders-disk-sha256": disk.sha256,
  };
  const others = {
    project: { owner: "other", visibility: "public" },
    name: { name: "i2" },
    resource: { "copr-builders-resource": "image.place2" },
    stack: { "copr-builders-owner": "bbbbbbbb2345" },
  };
  for (const [id, more] of Object.entries(others)) glance.images.set(id, { ...whole, id, ...more });
  const before = JSON.stringify([...glance.images]);
  glance.blind = true;
  const { id, outs } = await room.create();
  expect(Object.keys(others)).not.toContain(id);
  const name = glanceImageNameHandler({ openCloud: cloud });
  await name.delete("x", decode({ cloud: { cloud: "fake" }, name: "i", owner }), call);
  expect(JSON.stringify([...glance.images])).toBe(before);
  await room.handler().delete(id, decode(outs), call);
  // By its id, which no state of ours should have.
  await room.handler().delete("project", decode(outs), call);
  expect(await room.handler().read("project", decode(outs), call)).toBeUndefined();
  expect(JSON.stringify([...glance.images])).toBe(before);
});

test("from another project an image is not gone: it is neither forgotten nor taken for deleted", async () => {
  const { id, outs } = await room.create();
  expect(outs).toMatchObject({ projectId: "p" });
  const state = decode({ ...outs, projectId: "before" });
  const { handler, call, inputs } = room;
  const words = /is of project before, and the credentials are of project p, .*take credentials of that project/;
  await expect(handler().read(id, state, call)).rejects.toThrow(words);
  await expect(handler().update(id, state, inputs({ properties: { a: "b" } }), call)).rejects.toThrow(words);
  await expect(handler().delete(id, state, call)).rejects.toThrow(words);
  // A state of the version before does not say.
  const old = Object.fromEntries(Object.entries(outs).filter(([name]) => name !== "projectId"));
  expect(await handler().update(id, decode(old), inputs(), call)).toMatchObject({ projectId: "p" });
  await handler().delete(id, decode(old), call);
  expect(room.glance.images.size).toBe(0);
});
