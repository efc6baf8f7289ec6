/** An image for a worker to fill: none where it could do more with its credential, or nothing; and what killed runs leave. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall, fakeStore } from "../../../../provider/fake-store";
import type { Cloud } from "../cloud/cloud";
import { fakeCredentials, type FakeCredentials } from "../testing/fake-credentials";
import { publishing, type Publishing } from "../testing/publishing";
import { glanceUploadHandler } from "./handler";
import { disksKept } from "./kept";
import { glancePlace } from "./place";

const KEY = "ab".repeat(32);
let room: Publishing;
let fake: FakeCredentials;
/** Logged in first, once. */
let cloud: Cloud;
beforeEach(async () => {
  room = await publishing();
  cloud = room.cloud();
  fake = fakeCredentials();
  room.glance.fault = fake.fault;
});
afterEach(() => room.close());

const stored = (record: object | undefined) => ({ ...fakeStore({}), getJson: () => Promise.resolve(record) });
function upload(record?: object) {
  const handler = glanceUploadHandler({ openCloud: () => cloud, openStore: () => stored(record), wait: room.wait });
  const inputs = (more: object = {}) =>
    decode({
      ...{ cloud: { cloud: "fake" }, key: KEY, machine: "m-1", identity: room.owner.identity, encoding: "raw" },
      record: { store: { bucket: "b", region: "us-east-1" }, object: "builds/x.json" },
      ...more,
    });
  const call = fakeCall("urn:pulumi:devel::p::builders:index:GlanceUpload::u");
  return { handler, inputs, call, create: (more?: object) => handler.create(inputs(more), call) };
}

test("waits for bytes in the encoding that is asked for, and nothing of the trial is left", async () => {
  const { create, call } = upload();
  const { id } = await create({ encoding: "qcow2" });
  expect(room.glance.images.get(id)).toMatchObject({ status: "queued", disk_format: "qcow2", visibility: "private" });
  expect([fake.credentials.size, fake.rules.size, call.said]).toEqual([0, 0, []]);
});

test.each([
  ["Keystone serves no access rules", () => (fake.served = 404), /serves no access rules/],
  ["Glance lets a credential do more than its rules", () => (fake.refused = 200), /does not keep a credential to its/],
  ["Glance takes no credential that has rules", () => (fake.wrongType = 401), /takes no credential with .* \(401\)/],
])("is none where %s, and a warning says so", async (_what, prepare, why) => {
  prepare();
  const { create, call } = upload();
  expect((await create()).outs).not.toHaveProperty("imageId");
  expect(call.said.join()).toMatch(/this machine will, from the store: /);
  expect(call.said.join()).toMatch(why);
  expect([room.glance.images.size, fake.credentials.size]).toEqual([0, 0]);
});

test("is none, and no failure of the build, where a quota or a fault is in the way", async () => {
  room.glance.fault = (received, response) => {
    if (received.method !== "POST" || received.path !== "/v2/images") return fake.fault(received, response);
    response.writeHead(413).end(JSON.stringify({ message: "image_count_total is over quota" }));
    return true;
  };
  const { create, call } = upload();
  expect((await create()).outs).not.toHaveProperty("imageId");
  expect(call.said.join()).toMatch(/over quota/);
});

test.each(["<html>Log in first</html>", "{}"])(
  "is none, and no failure of the build, where something before a service answers %s",
  async (page) => {
    for (const path of ["/", "/v3/users/u/access_rules", "/v3/users/u/application_credentials", "/v2/images"]) {
      room.glance.fault = (received, response) => {
        if (received.path !== path) return fake.fault(received, response);
        response.writeHead(200).end(page);
        return true;
      };
      const { create, call } = upload();
      expect((await create()).outs).not.toHaveProperty("imageId");
      expect(call.said.join()).toMatch(/from the store: .* (answered no JSON: Log in first|can't be read:)/);
    }
  },
);

test("of a run without a state is had again while it is queued, and makes way when it is not", async () => {
  const { create } = upload();
  const { id } = await create();
  expect((await upload().create()).id).toBe(id);
  const image = room.glance.images.get(id) ?? {};
  image["status"] = "saving";
  const next = await upload().create();
  expect([next.id === id, [...room.glance.images.keys()]]).toEqual([false, [next.id]]);
});

test("goes with its worker unless the record names it; credentials of a killed run go too", async () => {
  const { create, inputs, handler, call } = upload();
  const { id, outs } = await create();
  const killed = { service: "image", method: "PUT", path: `/v2/images/${id}/file`, id: "r" };
  fake.rules.set("r", killed);
  fake.credentials.set("c-9", { id: "c-9", name: `copr-builders-upload-${id}-0`, access_rules: [killed] });
  fake.credentials.set("c-8", { id: "c-8", name: "somebody's", access_rules: [] });
  const named = upload({ bodies: { glance: { receiver: id } } });
  await named.handler.delete(id, decode(outs), named.call);
  expect([[...room.glance.images.keys()], [...fake.credentials.keys()], fake.rules.size]).toEqual([[id], ["c-8"], 0]);
  expect(handler.diff(outs, inputs({ machine: "m-2" }).value).replaces).toEqual(["machine"]);
  await handler.delete(id, decode(outs), call);
  expect(room.glance.images.size).toBe(0);
});

test("that no image was made of goes with its build; another's stays", async () => {
  const { create } = upload();
  await create();
  await create({ key: "cd".repeat(32) });
  const kept = disksKept(() => cloud);
  const where = glancePlace({ cloud: "fake" });
  expect([kept.isIn(where), kept.isIn("us-east-1")]).toEqual([true, false]);
  await kept.deleteOf(where, { identity: room.owner.identity, key: KEY });
  const left = [...room.glance.images.values()].map((image) => image["copr-builders-resource"]);
  expect(left).toEqual([`disk.${"cd".repeat(32)}`]);
});
