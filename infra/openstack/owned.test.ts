import { afterEach, beforeEach, expect, test } from "vitest";
import { openstackOwned } from "./owned";
import { cloudOf } from "./provider/cloud/cloud";
import { fakeGlance, type FakeGlance } from "./provider/testing/fake-glance";
import { openstackTarget } from "./settings";

const IDENTITY = "abcdefgh2345";
let glance: FakeGlance;
/** Of Neutron, by list. */
let things: Record<string, Record<string, unknown>[]>;
let deleted: string[];
beforeEach(async () => {
  glance = await fakeGlance();
  glance.fault = ({ method, path }, response) => {
    const list = /\/(servers|ports|floatingips)/.exec(path)?.[1];
    if (list === undefined) return false;
    if (method === "DELETE") deleted.push(path);
    response.end(JSON.stringify({ [list]: things[list] ?? [] }));
    return true;
  };
  things = { ports: [], floatingips: [] };
  deleted = [];
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

test("a disk that no image was made of yet is of its build, whose state has the key", async () => {
  const key = "ab".repeat(32);
  Object.assign(glance.images.get("plain") ?? {}, { "copr-builders-resource": `disk.${key}` });
  const [disk, image] = await owned(false);
  expect(disk?.owners["builders:index:Artifact"]).toBe(key);
  expect(image?.owners).not.toHaveProperty("builders:index:Artifact");
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

test("a port and a floating IP that somebody has taken over since the list are left alone, others go", async () => {
  const of = (identity: string) => ({ project_id: "p", description: `copr-builders ${identity} m` });
  things = {
    ports: ["a", "b"].map((id) => ({ id, name: "m", ...of(IDENTITY) })),
    floatingips: ["c", "d"].map((id) => ({ id, floating_ip_address: "192.0.2.5", ...of(IDENTITY) })),
  };
  const listed = (await owned(false)).filter(({ kind }) => kind !== "image");
  expect(listed.map(({ id }) => id)).toEqual(["c", "d", "a", "b"]);
  for (const list of Object.values(things)) Object.assign(list[0] ?? {}, of("bbbbbbbb2345"));
  for (const thing of listed) await thing.remove();
  expect(deleted.map((path) => path.split("/").at(-1))).toEqual(["d", "b"]);
});
