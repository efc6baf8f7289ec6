import { afterEach, beforeEach, expect, test } from "vitest";
import { openstackOwned } from "./owned";
import { cloudOf } from "./provider/cloud/cloud";
import { fakeGlance, type FakeGlance } from "./provider/testing/fake-glance";
import { openstackTarget } from "./settings";

const IDENTITY = "abcdefgh2345";
let glance: FakeGlance;
beforeEach(async () => {
  glance = await fakeGlance();
  // No machines.
  glance.fault = ({ path }, response) => {
    const list = /\/(servers|ports|floatingips)/.exec(path)?.[1];
    if (list === undefined) return false;
    response.end(JSON.stringify({ [list]: [] }));
    return true;
  };
  const common = { name: "i", owner: "p", status: "active", visibility: "private", size: 5 };
  for (const [id, more] of Object.entries({
    plain: { "copr-builders-owner": IDENTITY, "copr-builders-resource": "image.place", protected: false },
    kept: { "copr-builders-owner": IDENTITY, protected: true },
    other: { "copr-builders-owner": "bbbbbbbb2345", protected: false },
    theirs: { "copr-builders-owner": IDENTITY, owner: "another project", protected: false },
  })) {
    glance.images.set(id, { id, ...common, ...more });
  }
});
afterEach(() => glance.cloud.close());

const owned = (isProtected: boolean) => {
  const spec = openstackTarget.parse({
    ...{ platform: "openstack", cloud: "fake", protected: isProtected },
    boot: { flavor: "builder", network: "general" },
  });
  const use = { workers: [], places: [{ path: "targets.fake", arch: "x86_64" as const, spec }] };
  return openstackOwned(use, IDENTITY, () => cloudOf({ ...glance.cloud.access, region: "here" }));
};

test("lists what bears the identity in the own project, and no more", async () => {
  const things = await owned(false);
  expect(things.map(({ id }) => id)).toEqual(["plain", "kept"]);
  expect(things[0]).toMatchObject({ kind: "image", name: "i", bytes: 5, resource: "image.place", where: "fake" });
});

test("deletes what nobody protects, and what the settings protect: not what somebody else does", async () => {
  const [plain, kept] = await owned(false);
  await plain?.remove();
  await expect(kept?.remove()).rejects.toThrow(/protected, and not by us.*openstack image set --unprotected kept/);
  expect([...glance.images.keys()]).toEqual(["kept", "other", "theirs"]);
  await (await owned(true))[0]?.remove();
  expect([...glance.images.keys()]).toEqual(["other", "theirs"]);
});

test("what bears another mark by the time that it is deleted is left alone", async () => {
  const [plain] = await owned(false);
  Object.assign(glance.images.get("plain") ?? {}, { "copr-builders-owner": "bbbbbbbb2345" });
  await plain?.remove();
  expect(glance.images.has("plain")).toBe(true);
});
