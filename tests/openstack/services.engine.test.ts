/**
 * The room against the real services: images of Glance with the bytes that were built, and instances of Nova, which run nothing. Then
 * devel's targets of this cloud and of IBM's, from the build to the end, with machines that boot in no time.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlatformUse } from "../../infra/platform";
import { openstackLook } from "../../infra/openstack/look";
import { openstackOwned } from "../../infra/openstack/owned";
import { openstackIdentity, openstackPreflight } from "../../infra/openstack/preflight";
import { openedOnce } from "../../infra/openstack/provider/clouds";
import { glanceOf } from "../../infra/openstack/provider/cloud/glance";
import type { CloudChoice } from "../../infra/openstack/provider/cloud/access";
import { glanceImageNameHandler } from "../../infra/openstack/provider/image-name/handler";
import { glanceImageHandler } from "../../infra/openstack/provider/image/handler";
import { novaMachineHandler } from "../../infra/openstack/provider/machine/handler";
import { novaSweepHandler } from "../../infra/openstack/provider/sweep/handler";
import { storeDisk, type StoredDisk } from "../../infra/openstack/provider/testing/stored-disk";
import {
  openstackTarget,
  openstackWorker,
  type OpenstackPlace,
  type OpenstackWorker,
} from "../../infra/openstack/settings";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { PartialFailure } from "../../provider/handler";
import { realWait, type Wait } from "../../provider/wait";
import { type LocalOpenstack, startOpenstack } from "../../standins/openstack/start";
import { ledger, innerStacks } from "../ownership/support/check";
import { type Devel, startDevel } from "./support/devel";
import { workerPuts } from "./support/worker-puts";

/** Of the loopback range, above those of tests/ownership. */
const BLOCKS = { ibm: 180, openstack: 181 };
const folder = mkdtempSync(join(tmpdir(), "openstack-"));
const cloud: CloudChoice = { cloud: "farm" };
const owner = { identity: "abcdefgh2345", resource: "image.place" };
const NAME = "copr-builder-x86_64-g1-abababab";
const call = fakeCall("urn:pulumi:devel::p::builders:index:GlanceImage::i");
/** Services on this machine are ready soon: looked at ten times as often, for as long. */
const wait: Wait = { ...realWait, sleep: (ms, signal) => realWait.sleep(ms / 10, signal) };
const openCloud = openedOnce(wait);

let services: LocalOpenstack;
let disk: StoredDisk;

const ends: (() => unknown)[] = [];

beforeAll(async () => {
  services = await startOpenstack(folder, { machines: { kind: "light", addressBlock: BLOCKS.openstack } });
  ends.push(services.stop);
  process.env["OS_CLIENT_CONFIG_FILE"] = services.cloudsYaml;
  disk = await storeDisk(Buffer.concat([randomBytes(3_000_000), Buffer.alloc(5_000_000), randomBytes(1_001)]));
  ends.push(disk.close);
});
afterAll(async () => {
  for (const end of ends) await end();
  rmSync(folder, { recursive: true, force: true });
});

const place = (more: object = {}): OpenstackPlace =>
  openstackTarget.parse({
    ...{ platform: "openstack", cloud: "farm", boot: { flavor: "builder", network: "general" } },
    ...more,
  });
const use = (spec: OpenstackPlace): PlatformUse<OpenstackWorker, OpenstackPlace> => ({
  workers: [],
  places: [{ path: "targets.farm", arch: "x86_64", spec }],
});
/** Without notes: the security group of these projects lets nothing in. */
const missing = async (asked: PlatformUse<OpenstackWorker, OpenstackPlace>) =>
  (await openstackPreflight(asked)).filter(({ note }) => note !== true);
const images = () => glanceImageHandler({ openCloud, openStore: disk.openStore, wait });
const inputs = (more: object = {}) => ({ cloud, name: NAME, owner, ...disk.inputs, ...more });
const glance = () => glanceOf(openCloud(cloud));

describe("an image", () => {
  const properties = { architecture: "x86_64", hw_machine_type: "q35" };

  test("has the bytes of the disk, is found whole and ours, changes in place, and is gone once it is deleted", async () => {
    const { id, outs } = await images().create(decode(inputs({ properties, protected: true })), call);
    const found = await glance().get(id);
    expect(found).toMatchObject({ status: "active", os_hash_value: disk.sha512, protected: true, ...properties });
    const file = `${await glance().address()}/v2/images/${id}/file`;
    const token = await openCloud(cloud).token();
    const bytes = await (await fetch(file, { headers: { "X-Auth-Token": token.secret } })).arrayBuffer();
    expect(createHash("sha256").update(Buffer.from(bytes)).digest("hex")).toBe(disk.sha256);

    const view = await openstackLook(place(), [NAME]);
    expect(view.images).toEqual([{ name: NAME, imageId: id, whole: true, owner: owner.identity }]);
    const [thing] = await openstackOwned(use(place()), owner.identity);
    expect(thing).toMatchObject({ kind: "image", id, resource: owner.resource, bytes: disk.bytes.length });

    const news = inputs({ properties: { architecture: "x86_64" }, visibility: "shared", members: ["0".repeat(32)] });
    const state = await images().update(id, decode(outs), decode(news), call);
    expect(await glance().get(id)).not.toHaveProperty("hw_machine_type");
    expect(await glance().members(id)).toEqual(["0".repeat(32)]);
    expect(await images().read(id, decode(state), call)).toEqual(state);

    await images().delete(id, decode(state), call);
    await images().delete(id, decode(state), call);
    expect(await images().read(id, decode(state), call)).toBeUndefined();
    expect((await openstackLook(place(), [NAME])).images).toEqual([]);
  });

  test("that a run without a state has left is taken over as it is; the owner of its name deletes it", async () => {
    const first = await images().create(decode(inputs()), call);
    const reads = disk.reads.length;
    expect((await images().create(decode(inputs()), call)).id).toBe(first.id);
    expect(disk.reads.length).toBe(reads);
    const name = glanceImageNameHandler({ openCloud });
    const { outs } = await name.create(decode({ cloud, name: NAME, owner: { ...owner, resource: "other" } }), call);
    await name.delete("x", decode(outs), call);
    expect(await glance().get(first.id)).toBeDefined();
    await name.delete("x", decode({ cloud, name: NAME, owner }), call);
    expect(await glance().get(first.id)).toBeUndefined();
    // Glance gives an id once.
    const second = await images().create(decode(inputs()), call);
    expect(second.id).not.toBe(first.id);
    await images().delete(second.id, decode(second.outs), call);
  });

  test("of a disk that is not what was built is none: nothing is left of it", async () => {
    const wrong = images().create(decode(inputs({ sha256: "0".repeat(64) })), call);
    await expect(wrong).rejects.toThrow(/sha256 of the disk in the store is [0-9a-f]{64}, and must be 0000/);
    expect(await glance().list({ name: NAME })).toEqual([]);
  });

  test("that another has protected, or has taken, stays", async () => {
    const { id, outs } = await images().create(decode(inputs()), call);
    await glance().change(id, [{ op: "replace", path: "/protected", value: true }]);
    await expect(images().delete(id, decode(outs), call)).rejects.toThrow(/is protected, and not by us/);
    await glance().change(id, [{ op: "replace", path: "/copr-builders-owner", value: "bbbbbbbb2345" }]);
    await images().delete(id, decode(outs), call);
    expect(await images().read(id, decode(outs), call)).toBeUndefined();
    await glance().change(id, [{ op: "replace", path: "/protected", value: false }]);
    await glance().delete(id);
  });

  test("that may not be public keeps its bytes: the cloud's words say why, and the next update makes it what it may be", async () => {
    const made = images().create(decode(inputs({ visibility: "public" })), call);
    const error: unknown = await made.catch((cause: unknown) => cause);
    if (!(error instanceof PartialFailure)) throw new Error("expected an image that is not finished", { cause: error });
    expect(error.message).toMatch(/goes on with it: .*answered 403 .*publicize_image/s);
    const reads = disk.reads.length;
    const state = await images().update(
      error.id,
      decode(error.properties),
      decode(inputs({ visibility: "community" })),
      call,
    );
    expect((await openstackLook(place(), [NAME])).images).toMatchObject([{ imageId: error.id, whole: true }]);
    // Held against the disk once more, and not sent.
    expect(disk.reads.length).toBe(reads + 2);
    await images().delete(error.id, decode(state), call);
  });
});

describe("a disk that its worker puts into Glance", () => {
  workerPuts({ cloud, owner, name: NAME, openCloud, wait, call, place, use, images, inputs, glance, disk: () => disk });
});

describe("a machine", () => {
  const machine = { identity: owner.identity, flavor: "builder", network: "general", securityGroups: ["default"] };
  const machines = () => novaMachineHandler({ openCloud, wait });
  let imageId: string;
  let state: object;

  beforeAll(async () => {
    ({ id: imageId, outs: state } = await images().create(decode(inputs()), call));
  });
  afterAll(() => images().delete(imageId, decode(state), call));
  const args = (name: string, more: object = {}) =>
    decode({ ...machine, cloud, name, image: imageId, userData: "#cloud-config\n", ...more });

  test("starts from the image, is reached by its floating IP, is listed as ours, and goes with all that it has", async () => {
    const { id, outs } = await machines().create(args("m-1", { floatingNetwork: "outside" }), call);
    expect(outs).toMatchObject({ serverId: id, address: expect.stringMatching(/^192\.0\.2\.\d+$/) as string });
    const kinds = async () => (await openstackOwned(use(place()), owner.identity)).map(({ kind }) => kind).sort();
    expect(await kinds()).toEqual(["floating IP", "image", "instance", "port"]);
    expect(await machines().read(id, decode(outs), call)).toBeDefined();
    // By its name too, as a stock image is called.
    const named = await machines().create(args("m-4", { image: NAME }), call);
    await machines().delete(named.id, decode(named.outs), call);
    const other = novaSweepHandler({ openCloud, wait });
    await other.create(decode({ cloud, name: "m-1", identity: "bbbbbbbb2345" }), call);
    expect(await machines().read(id, decode(outs), call)).toBeDefined();
    await machines().delete(id, decode(outs), call);
    expect(await kinds()).toEqual(["image"]);
    expect(await machines().read(id, decode(outs), call)).toBeUndefined();
  });

  test("that no host takes, or that a quota has no room for, are two errors, and leave nothing", async () => {
    const none = await images().create(
      decode(inputs({ name: "elsewhere", properties: { architecture: "mips" } })),
      call,
    );
    const created = machines().create(args("m-2", { image: none.id }), call);
    await expect(created).rejects.toThrow(
      /flavor builder\).*No valid host.*no room for this flavor, which is no quota of yours/s,
    );
    await images().delete(none.id, decode(none.outs), call);

    const admin = openCloud({ cloud: "admin" });
    const { project } = await openCloud(cloud).token();
    const quota = `${await admin.endpoint("compute")}/os-quota-sets/${project?.id ?? ""}`;
    await admin.ask(quota, { method: "PUT", json: { quota_set: { instances: 0 } } });
    await expect(machines().create(args("m-3"), call)).rejects.toThrow(/Quota exceeded.*a quota is met/s);
    expect(await missing(use(place()))).toMatchObject([
      {
        path: "targets.farm.boot.flavor",
        problem: expect.stringMatching(/needs 1 instances, and .* 0 of 0/) as string,
      },
    ]);
    await admin.ask(quota, { method: "PUT", json: { quota_set: { instances: 10 } } });
    const left = await openstackOwned(use(place()), owner.identity);
    expect(left.map(({ kind }) => kind)).toEqual(["image"]);
  });
});

describe("preflight", () => {
  test("finds nothing missing where all is there, and says who we are", async () => {
    const spec = place({ boot: { flavor: "builder", network: "general", floatingNetwork: "outside" } });
    expect(await openstackPreflight(use(spec))).toMatchObject([
      {
        path: "targets.farm.boot.securityGroups",
        problem: "no rule of default lets ssh in from other addresses",
        note: true,
      },
    ]);
    const many = await missing({ ...use(spec), boots: 60 });
    expect(many.map(({ path }) => path)).toContain("targets.farm.boot.floatingNetwork");
    expect(many.find(({ path }) => path.endsWith("boot.flavor"))?.problem).toMatch(
      /^60 instances at once of flavor "builder" need 60 instances, and the project has used 0 of/,
    );
    expect(await openstackIdentity(use(spec))).toMatch(/^farm of project farm at http/);
  });

  test("names everything that is missing, by path, and changes nothing", async () => {
    const boot = { flavor: "huge", network: "none", securityGroups: ["closed"], floatingNetwork: "general" };
    const found = await openstackPreflight(use(place({ visibility: "public", boot })));
    expect(found.map(({ path }) => path).sort()).toEqual([
      ...["boot.flavor", "boot.floatingNetwork", "boot.network", "boot.securityGroups[0]", "visibility"].map(
        (field) => `targets.farm.${field}`,
      ),
    ]);
    expect(found.find(({ path }) => path.endsWith("flavor"))?.problem).toMatch(
      /no flavor "huge"; there are: .*builder/,
    );
    expect(found.find(({ path }) => path.endsWith("visibility"))?.note).toBe(true);
  });

  test("a worker's image and the room on its disk are asked for too", async () => {
    const settings = { platform: "openstack", cloud: "farm", flavor: "builder", network: "general", image: "none" };
    const asked = (more: object) => {
      const spec = openstackWorker.parse({ ...settings, ...more });
      return missing({ workers: [{ path: "w", arch: "x86_64", spec }], places: [] });
    };
    expect((await asked({})).map(({ path, problem }) => `${path}: ${problem}`).sort()).toEqual([
      'w.diskGib: flavor "builder" has a root disk of 20 GiB, and 40 are wanted',
      expect.stringMatching(/^w\.image: there is no image "none" that can be used/),
    ]);
    const { id, outs } = await images().create(decode(inputs({ properties: { architecture: "aarch64" } })), call);
    try {
      const workerOf = () => asked({ image: NAME, flavor: "diskless" });
      const noVolumes = { path: "w.flavor", problem: expect.stringMatching(/has no volume service/) as string };
      const ours = { path: "w.image", problem: expect.stringMatching(/is one that this program made/) as string };
      expect(await workerOf()).toMatchObject([ours, noVolumes]);
      await glance().change(id, [{ op: "remove", path: "/copr-builders-owner" }]);
      const foreign = { path: "w.image", problem: expect.stringMatching(/is for aarch64/) as string };
      expect(await workerOf()).toMatchObject([foreign, noVolumes]);
      await glance().change(id, [{ op: "add", path: "/copr-builders-owner", value: owner.identity }]);
    } finally {
      await images().delete(id, decode(outs), call);
    }
  });

  test("a reader, a cloud that is in no file and a user who may not log in are said as that", async () => {
    const reader = await openstackPreflight(use(place({ cloud: "onlooker" })));
    expect(reader.map(({ problem }) => problem)).toContainEqual(expect.stringMatching(/may only read/));
    const [unknown] = await openstackPreflight(use(place({ cloud: "osuosl" })));
    expect(unknown).toMatchObject({ path: "targets.farm.cloud" });
    expect(unknown?.problem).toMatch(/has no cloud "osuosl"; it has: admin, farm, neighbour, onlooker/);
    const stranger = await openstackPreflight(use(place({ cloud: "onlooker", project: "farm" })));
    expect(stranger).toMatchObject([
      { path: "targets.farm.cloud", problem: expect.stringMatching(/answered 401/) as string },
    ]);
  });

  test("two spellings of a project are one place, two projects two", async () => {
    const identity = async (more: object) => (await openstackLook(place(more), [])).identity;
    const farm = await identity({});
    expect(farm).toMatch(/^openstack-[0-9a-f]{12}$/);
    expect(await identity({ project: "farm", region: "RegionOne", authUrl: services.authUrl })).toBe(farm);
    expect(await identity({ cloud: "neighbour" })).not.toBe(farm);
  });
});

describe("devel's targets ibm_cloud and osuosl, to the letter", () => {
  let devel: Devel;
  beforeAll(async () => {
    devel = await startDevel(join(folder, "devel"), services, BLOCKS);
    ends.unshift(() => devel.stop());
    await devel.stack.init();
  });

  test("are built, published in three regions and one cloud, and booted: every byte is what the agent committed", async () => {
    await devel.stack.up();
    expect(innerStacks(devel.stack)).toEqual([]);
    const sums = Object.fromEntries(devel.records().map(({ arch, disk: { sha256 } }) => [arch, sha256]));
    expect(Object.keys(sums).sort()).toEqual(["ppc64le", "s390x"]);
    const object = devel.objectDigest();
    expect(object.disk).toBe(sums["s390x"]);
    const [current] = await ledger(devel.stack);
    const places = Object.fromEntries(
      (current?.images ?? []).map(({ arch, places: all }) => [arch, all.map(({ id }) => current?.published[id] ?? "")]),
    );
    expect(places["s390x"]).toHaveLength(3);
    for (const id of places["s390x"] ?? []) expect(devel.ibm.digest(id)).toBe(sums["s390x"]);
    const regions = [...devel.ibm.cloud.world.entries.values()].filter(({ json }) =>
      places["s390x"]?.includes(json.id),
    );
    expect(regions.map(({ region }) => region).sort()).toEqual(["br-sao", "eu-es", "us-east"]);
    const [image, ...more] = await devel.images();
    expect([places["ppc64le"], more]).toEqual([[image?.id], []]);
    const id = image?.id ?? "";
    expect(devel.glanceDigest(id, "sha256")).toBe(sums["ppc64le"]);
    expect(image).toMatchObject({ os_hash_algo: "sha512", os_hash_value: devel.glanceDigest(id, "sha512") });
    // The workers have put them there themselves, and nobody read them from the store.
    const bodies = devel.records().flatMap((record) => Object.values(record.bodies ?? {}));
    expect(bodies.sort((one, other) => one.encoding.localeCompare(other.encoding))).toMatchObject([
      { encoding: "qcow2", sha256: object.file },
      { receiver: id, encoding: "raw", sha512: devel.glanceDigest(id, "sha512") },
    ]);
    expect(await devel.credentials()).toEqual([]);
    // Each was booted: an instance in each region, and one of Nova.
    const begun = devel.wire.calls.filter(({ name }) => /^POST (instances|servers)$/.test(name));
    expect(begun.map(({ service }) => service).sort()).toEqual(["ibm", "ibm", "ibm", "openstack"]);
  });

  test("a second up writes nothing anywhere", async () => {
    devel.wire.clear();
    await devel.stack.up();
    expect(devel.wire.calls).toEqual([]);
  });

  test("destroying leaves nothing", async () => {
    await devel.stack.destroy();
    expect(await devel.things()).toEqual([]);
  });
});
