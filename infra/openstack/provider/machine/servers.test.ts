import { afterEach, beforeEach, expect, test } from "vitest";
import { cloudOf, type Cloud } from "../cloud/cloud";
import { fakeCloud, type FakeCloud } from "../cloud/testing/fake-cloud";
import { findGroup, findNetwork } from "./lookups";
import { describe, portsBearing, serversBearing } from "./servers";

const IDENTITY = "abcdefgh2345";
let fake: FakeCloud;
let cloud: Cloud;
beforeEach(async () => {
  fake = await fakeCloud(3600, ["network"]);
  cloud = cloudOf({ ...fake.access, region: "here" }, { wait: fake.wait });
});
afterEach(() => fake.close());

/** A page for each, linked from the one before, by an address that is not the service's own. */
function inPages(name: string, pages: readonly (readonly object[])[]): void {
  fake.answer(({ path }, response) => {
    const at = Number(new URL(path, fake.url).searchParams.get("marker") ?? 0);
    const next = at + 1 < pages.length ? [{ rel: "next", href: `http://elsewhere.invalid/x?marker=${at + 1}` }] : [];
    response.end(JSON.stringify({ [name]: pages[at], [`${name}_links`]: next }));
  });
}

test("lists are read to their last page, from the service alone: a link leads no token elsewhere", async () => {
  const server = (id: string, identity: string) => ({
    ...{ id, name: "m", status: "ACTIVE", metadata: { "copr-builders-owner": identity } },
  });
  inPages("servers", [[server("a", "bbbbbbbb2345")], [server("b", IDENTITY)]]);
  expect((await serversBearing(cloud, { name: "m", identity: IDENTITY })).map(({ id }) => id)).toEqual(["b"]);
  const port = { id: "p", name: "m", project_id: "p", description: describe("m", IDENTITY) };
  inPages("ports", [[], [port]]);
  expect((await portsBearing(cloud, { identity: IDENTITY })).map(({ id }) => id)).toEqual(["p"]);
  inPages("networks", [[{ id: "n", name: "a" }], [{ id: "m", name: "b" }]]);
  expect((await findNetwork(cloud, "b")).id).toBe("m");
  expect(fake.received.map(({ path }) => path.split("?")[0])).toEqual(
    ["servers/detail", "ports", "networks"].flatMap((list) => {
      const path = list.startsWith("servers") ? `/here/v2.1/${list}` : `/here/v2.0/${list}`;
      return [path, path];
    }),
  );
});

test("only ports of this project are ours, whatever the description of another one's says", async () => {
  const port = (id: string, more: object) => ({ id, name: "m", description: describe("m", IDENTITY), ...more });
  // One that does not know the filter answers all that it has; before 2016 a project was a tenant.
  inPages("ports", [
    [port("theirs", { project_id: "other" }), port("ours", { project_id: "p" })],
    [port("old", { tenant_id: "p" }), port("older", { tenant_id: "other" }), port("nobody's", {})],
  ]);
  expect((await portsBearing(cloud, { identity: IDENTITY })).map(({ id }) => id)).toEqual(["ours", "old"]);
  expect(fake.received[0]?.path).toBe("/here/v2.0/ports?project_id=p");
});

test("a group that every project has is the one of this project; an id is any project's", async () => {
  inPages("security_groups", [
    [
      { id: "1", name: "default", project_id: "other" },
      { id: "2", name: "default", project_id: "p" },
      { id: "3", name: "theirs", project_id: "other" },
    ],
  ]);
  expect(await findGroup(cloud, "default")).toBe("2");
  // A Neutron from before 2016.
  inPages("security_groups", [
    [
      { id: "4", name: "default", tenant_id: "other" },
      { id: "5", name: "default", tenant_id: "p" },
    ],
  ]);
  expect(await findGroup(cloud, "default")).toBe("5");
  inPages("security_groups", [
    [
      { id: "1", name: "default", project_id: "other" },
      { id: "2", name: "default", project_id: "p" },
      { id: "3", name: "theirs", project_id: "other" },
    ],
  ]);
  expect(await findGroup(cloud, "3")).toBe("3");
  expect(await findGroup(cloud, "theirs")).toBe("3");
  await expect(findGroup(cloud, "none")).rejects.toThrow(
    'no security group "none"; there are: default, default, theirs',
  );
});
