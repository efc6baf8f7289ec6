import { afterEach, beforeEach, expect, test } from "vitest";
import { openstackLook } from "./look";
import { publishing, type Publishing } from "./provider/testing/publishing";
import { openstackTarget } from "./settings";

let room: Publishing;
beforeEach(async () => {
  room = await publishing();
});
afterEach(() => room.close());

const look = (...names: string[]) => {
  const settings = { platform: "openstack", cloud: "fake", boot: { flavor: "builder", network: "general" } };
  const opened = room.cloud();
  return openstackLook(openstackTarget.parse(settings), names, () => opened);
};

test("an image that is whole comes before what a killed run has left beside it: it is not made again for that", async () => {
  const { glance, owner, create } = room;
  const marks = { "copr-builders-owner": owner.identity, "copr-builders-resource": owner.resource };
  glance.images.set("left", { id: "left", name: "i", owner: "p", status: "queued", visibility: "private", ...marks });
  const { id } = await create();
  expect((await look("i")).images.map(({ imageId, whole }) => [imageId, whole])).toEqual([
    [id, true],
    ["left", false],
  ]);
});

test("an image of another project is not in the place, though Glance knows no filter", async () => {
  room.glance.blind = true;
  room.glance.images.set("x", { id: "x", name: "i", owner: "other", status: "active", visibility: "public" });
  expect((await look("i")).images).toEqual([]);
});
