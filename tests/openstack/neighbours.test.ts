/** A project with hundreds of things that look like ours, and a cloud that knows no filter: all that we do touches none of them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openstackLook } from "../../infra/openstack/look";
import { openstackOwned } from "../../infra/openstack/owned";
import { glanceImageNameHandler } from "../../infra/openstack/provider/image-name/handler";
import { novaMachineHandler } from "../../infra/openstack/provider/machine/handler";
import { novaSweepHandler } from "../../infra/openstack/provider/sweep/handler";
import { fakeNova, type FakeNova, reply } from "../../infra/openstack/provider/testing/fake-nova";
import { publishing, type Publishing } from "../../infra/openstack/provider/testing/publishing";
import { openstackTarget } from "../../infra/openstack/settings";
import { decode } from "../../provider/codec";
import { neighboursOf, type Thing } from "./support/neighbours";

const MACHINE = "abcdefgh2345.build-x86_64-abababab-worker.abababab-worker";
const NAME = "copr-builder-x86_64-g1-abababab";
const SERVICES = /^\/(servers|ports|floatingips|flavors|networks|security-groups)\b/;

let room: Publishing;
let nova: FakeNova;
/** `DELETE /servers/x` and all else that changes something, but for questions that are asked by POST. */
let writes: string[];
beforeEach(async () => {
  [room, nova] = await Promise.all([publishing(), fakeNova()]);
  writes = [];
  const { glance, owner, disk } = room;
  const own = { identity: owner.identity, stack: "devel", image: NAME, key: "abababab" };
  const { images, ...things } = neighboursOf({ own, owner, disk, machine: MACHINE });
  for (const image of [STOCK, ...images]) glance.images.set(String(image["id"]), { ...image });
  for (const kind of ["servers", "ports", "floatingips"] as const) {
    for (const thing of things[kind]) nova.things[kind].set(String(thing["id"]), { ...thing });
  }
  glance.fault = (received, response) => {
    if (received.method !== "GET") writes.push(`${received.method} ${received.path}`);
    const path = received.path.replace(/^\/v2\.[01]/, "");
    if (!SERVICES.test(path)) return false;
    reply(nova, { ...received, path }, response);
    return true;
  };
});
afterEach(async () => {
  await Promise.all([room.close(), nova.cloud.close()]);
});

const STOCK: Thing = {
  ...{ id: "stock", name: "stock", owner: "vendor", status: "active", visibility: "public", protected: true },
  ...{ size: 2 ** 30, min_disk: 10 },
};

/** All that is not ours, as it is. */
const others = (): string => {
  const all = [room.glance.images, ...Object.values(nova.things)].flatMap((things) => [...things.values()]);
  return JSON.stringify(all.filter(({ id }) => /^(their-|stock)/.test(String(id))));
};
const ours = (): string[] =>
  [room.glance.images, ...Object.values(nova.things)]
    .flatMap((things) => [...things.keys()])
    .filter((id) => !/^(their-|stock)/.test(id));

const place = openstackTarget.parse({
  ...{ platform: "openstack", cloud: "fake", protected: true },
  boot: { flavor: "builder", network: "general" },
});
const cloud = { cloud: "fake" };
const owned = () => {
  const opened = room.cloud();
  const use = { workers: [], places: [{ path: "targets.fake", arch: "x86_64" as const, spec: place }] };
  return openstackOwned(use, room.owner.identity, () => opened);
};
const options = () => {
  const opened = room.cloud();
  return { openCloud: () => opened, wait: room.wait };
};
const swept = () => decode({ cloud, name: MACHINE, identity: room.owner.identity });
const machine = () =>
  decode({
    ...{ cloud, name: MACHINE, identity: room.owner.identity, image: "stock", flavor: "builder", network: "general" },
    ...{ securityGroups: ["default"], floatingNetwork: "outside", userData: "#cloud-config\n" },
  });

test.each([
  ["knows its filters", false],
  ["knows no filter", true],
])(
  "in a cloud that %s, publishing, booting, sweeping, `owned --delete` and deleting touch nothing of others",
  async (_what, blind) => {
    const { glance, call, owner } = room;
    glance.blind = blind;
    const before = others();
    expect(before.length).toBeGreaterThan(1000);
    expect(await owned()).toEqual([]);
    const sweep = novaSweepHandler(options());
    await sweep.create(swept(), call);

    const { id, outs } = await room.create({ name: NAME, protected: true });
    expect((await openstackLook(place, [NAME], options().openCloud)).images).toContainEqual({
      ...{ name: NAME, imageId: id, owner: owner.identity, whole: true },
    });
    const changed = room.inputs({ name: NAME, protected: true, properties: { hw_disk_bus: "scsi" } });
    const state = await room.handler().update(id, decode(outs), changed, call);
    expect(await room.handler().read(id, decode(state), call)).toEqual(state);

    const machines = novaMachineHandler(options());
    const first = await machines.create(machine(), call);
    expect(nova.things.servers.get(first.id)).toMatchObject({ imageRef: "stock" });
    expect((await owned()).map(({ kind }) => kind).sort()).toEqual(["floating IP", "image", "instance", "port"]);
    await machines.delete(first.id, decode(first.outs), call);
    await machines.create(machine(), call);
    await sweep.delete("x", swept(), call);
    expect(ours()).toEqual([id]);

    // By whichever of the three ways an image goes.
    await machines.create(machine(), call);
    for (const thing of await owned()) await thing.remove();
    expect(ours()).toEqual([]);
    const second = await room.create({ name: NAME, protected: true });
    await room.handler().delete(second.id, decode(second.outs), call);
    await room.create({ name: NAME, protected: true });
    const name = glanceImageNameHandler(options());
    await name.delete("x", decode({ cloud, name: NAME, owner, protected: true }), call);
    expect(ours()).toEqual([]);

    expect(others()).toBe(before);
    expect(writes.filter((line) => /their-|stock/.test(line))).toEqual([]);
  },
);

test("a resource of the same stack deletes no image of another one of its resources", async () => {
  const { call, owner } = room;
  const first = await room.create({ name: NAME });
  const other = { ...owner, resource: `${owner.resource}2` };
  const second = await room.create({ name: NAME, owner: other });
  expect(second.id).not.toBe(first.id);
  const before = others();
  await room.handler().delete(first.id, decode(second.outs), call);
  await glanceImageNameHandler(options()).delete("x", decode({ cloud, name: NAME, owner: other }), call);
  expect(ours()).toEqual([first.id]);
  expect(others()).toBe(before);
});
