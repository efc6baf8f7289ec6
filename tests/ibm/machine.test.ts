/** A temporary instance with all that it has, against the stand-in. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ibmClients } from "../../infra/ibm/provider/clients";
import { ibmMachineHandler } from "../../infra/ibm/provider/machine/handler";
import { machineName } from "../../infra/ibm/provider/marks";
import { decode, Secret } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { PartialFailure } from "../../provider/handler";
import { startIbmCloud, type IbmCloud } from "../../standins/ibm-cloud/start";
import { fakeWait } from "./support/wait";

const IDENTITY = "abcdefgh2345";
const PHYSICAL = `${IDENTITY}.build-x86_64-abababab-worker.abababab-worker`;
const BASE = machineName(IDENTITY, PHYSICAL);
const KINDS = ["instances", "floating_ips", "volumes", "security_groups", "virtual_network_interfaces"];

const INPUTS = {
  ...{ region: "us-east", zone: "us-east-2", profile: "bx2-4x16", stockImage: "ibm-ubuntu-24-04-3-minimal-amd64-1" },
  ...{ vpc: "builders", subnet: "builders-us-east-2", resourceGroup: "copr", address: "public" },
  ...{ operatorCidr: "203.0.113.7/32", scratchGib: 100, userData: "#cloud-config\nsecret: key\n" },
  ...{ identity: IDENTITY, physical: PHYSICAL, tags: { who: "copr" } },
};

let cloud: IbmCloud;
beforeEach(async () => {
  cloud = await startIbmCloud({ pageSize: 50 });
});
afterEach(() => cloud.stop());

const call = () => fakeCall("urn:pulumi:devel::p::builders:index:IbmMachine::m");
const handler = () => {
  const { wait } = fakeWait();
  const clients = ibmClients({ env: cloud.environment, wait });
  return ibmMachineHandler({ clients: () => clients, wait });
};
const create = (more: object = {}, on = call()) => handler().create(decode({ ...INPUTS, ...more }), on);
const all = () => KINDS.flatMap((kind) => cloud.world.all(kind, "us-east").map(({ json }) => json.name));
const one = (kind: string) => cloud.world.all(kind, "us-east")[0]?.json;
/** As the engine keeps it: what is secret comes back in clear, inside. */
const stored = (outs: Readonly<Record<string, unknown>>) => decode({ ...outs, userData: INPUTS.userData });
const failure = async (work: Promise<unknown>): Promise<PartialFailure> => {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof PartialFailure) return error;
  throw new Error(`expected a partial failure, not ${String(error)}`);
};

test("connects to what the settings say alone, and to IBM's own services", async () => {
  await create({ egress: ["10.0.0.0/8", "198.51.100.7/32"] });
  const outbound = ["161.26.0.0/16", "10.0.0.0/8", "198.51.100.7/32"].map((range) => ({
    ...{ direction: "outbound", protocol: "any", remote: { cidr_block: range } },
  }));
  expect(one("security_groups")?.["rules"]).toMatchObject([{ direction: "inbound" }, ...outbound]);
});

test("runs, is reached by its own address, lets nobody else in, and is known by name and tags", async () => {
  const { id, outs } = await create();
  const instance = one("instances");
  expect(id).toBe(`us-east/${BASE}`);
  expect(instance).toMatchObject({ name: BASE, status: "running", resource_group: { name: "copr" } });
  expect(instance?.["user_data"]).toBe(INPUTS.userData);
  expect(outs).toMatchObject({ instanceId: instance?.id, host: one("floating_ips")?.["address"], finished: true });
  expect(String(outs["scratchDevice"])).toMatch(/^\/dev\/disk\/by-id\/virtio-.{20}$/);
  expect(one("security_groups")?.["rules"]).toEqual([
    expect.objectContaining({
      direction: "inbound",
      port_min: 22,
      port_max: 22,
      remote: { cidr_block: "203.0.113.7/32" },
    }),
    expect.objectContaining({ direction: "outbound", protocol: "any" }),
  ]);
  for (const kind of ["instances", "floating_ips", "security_groups"]) {
    const tags = [...(cloud.world.tags.get(one(kind)?.crn ?? "") ?? [])];
    expect(tags).toEqual(expect.arrayContaining(["who:copr", `machine:${PHYSICAL}`]));
  }
  expect(all().sort()).toEqual([...[BASE, BASE, BASE, BASE], `${BASE}-root`, `${BASE}-scratch`].sort());
});

test("starts from the newest stock image of an operating system, whatever it is called", async () => {
  const system = { name: "ubuntu-24-04-amd64", architecture: "amd64" };
  const stock = (name: string, created_at: string, status = "available") =>
    cloud.world.add("images", "us-east", name, {
      ...{ status, status_reasons: [], visibility: "public", operating_system: system, zones: [], created_at },
    });
  stock("ibm-ubuntu-24-04-9-minimal-amd64-9", "2020-01-01T00:00:00Z");
  const newest = stock("ibm-ubuntu-24-04-4-amd64-1", "2126-11-01T00:00:00Z");
  stock("ibm-ubuntu-24-04-5-amd64-1", "2126-12-01T00:00:00Z", "pending");
  const { stockImage: _, ...unnamed } = INPUTS;
  await handler().create(decode({ ...unnamed, stockSystem: system.name }), call());
  expect(one("instances")).toMatchObject({ image: { id: newest.json.id } });
  const none = handler().create(decode({ ...unnamed, stockSystem: "fedora-42-amd64" }), call());
  await expect(none).rejects.toThrow("IBM has no stock image of operating system fedora-42-amd64 in us-east");
});

test("has all of it in the resource group of the settings: a policy for that group alone is enough", async () => {
  await create();
  const groups = KINDS.flatMap((kind) => cloud.world.all(kind, "us-east").map(({ json }) => json["resource_group"]));
  expect(groups).toEqual(Array(6).fill(expect.objectContaining({ name: "copr" })));
});

test("with a name that no tag holds is tagged with as much of it as fits", async () => {
  await create({ physical: `${PHYSICAL}-${"x".repeat(100)}` });
  const tags = [...(cloud.world.tags.get(one("instances")?.crn ?? "") ?? [])];
  expect(tags.find((tag) => tag.startsWith(`machine:${PHYSICAL}-xxx`))).toHaveLength(128);
});

test("what the state keeps of it has no key in clear", async () => {
  const { outs } = await create();
  expect(outs["userData"]).toBeInstanceOf(Secret);
  expect(JSON.stringify({ ...outs, userData: undefined })).not.toContain("secret: key");
});

test("goes with all that it has, in an order that VPC takes; what is gone is deleted and read as gone", async () => {
  const { id, outs } = await create();
  expect(await handler().read(id, stored(outs), call())).toMatchObject({ host: outs["host"] });
  await handler().delete(id, stored(outs), call());
  expect(all()).toEqual([]);
  await handler().delete(id, stored(outs), call());
  expect(await handler().read(id, stored(outs), call())).toBeUndefined();
});

test("one that has powered itself off is read as not finished: made again by the next run, and still deleted", async () => {
  const { id, outs } = await create();
  Object.assign(one("instances") ?? {}, { status: "stopped" });
  const seen = await handler().read(id, stored(outs), call());
  expect(seen).toMatchObject({ instanceId: outs["instanceId"], finished: false });
  expect(seen?.["userData"]).toBeInstanceOf(Secret);
  expect(handler().diff(seen ?? {}, INPUTS)).toMatchObject({ changes: true, deleteBeforeReplace: true });
  await handler().delete(id, stored(seen ?? {}), call());
  expect(all()).toEqual([]);
});

test("what a killed run left of it goes first; what is another machine's, or nobody's, stays", async () => {
  cloud.world.add("security_groups", "us-east", BASE, { vpc: { id: "x" }, rules: [] });
  const [group] = cloud.world.all("security_groups", "us-east");
  cloud.world.add("virtual_network_interfaces", "us-east", BASE, { security_groups: [{ id: group?.json.id }] });
  const other = machineName(IDENTITY, "another");
  cloud.world.add("security_groups", "us-east", other, { vpc: { id: "x" }, rules: [] });
  cloud.world.add("volumes", "us-east", "somebodys", { status: "available", capacity: 10 });
  const { id, outs } = await create();
  await handler().delete(id, stored(outs), call());
  expect(all().sort()).toEqual([other, "somebodys"].sort());
});

test("answers that are lost make one of each", async () => {
  for (const kind of ["security_groups", "instances", "floating_ips"]) {
    cloud.faults.add({ method: "POST", path: new RegExp(`/${kind}$`), outcome: "lost" });
  }
  await create();
  expect(all()).toHaveLength(6);
});

test("a quota that is met at the third instance is said as one; the two before it stay, and nothing of the third", async () => {
  await cloud.stop();
  cloud = await startIbmCloud({ pageSize: 50, instanceQuota: 2 });
  for (const name of ["a", "b"]) await create({ physical: `${PHYSICAL}-${name}` });
  const before = all();
  const { cause, id, properties } = await failure(create());
  expect(String(cause)).toMatch(/400 over_quota: The quota of instances .*\(request \S+\); a quota is met: /);
  await handler().delete(id, stored(properties), call());
  expect(all()).toEqual(before);
});

describe("a reserved floating IP", () => {
  const reserve = () =>
    cloud.world.add("floating_ips", "us-east", "mine", {
      ...{ address: "203.0.113.99", status: "available", zone: { name: "us-east-2" } },
    });

  test("is used and is never released", async () => {
    reserve();
    const { id, outs } = await create({ floatingIp: "mine" });
    expect(outs["host"]).toBe("203.0.113.99");
    await handler().delete(id, stored(outs), call());
    expect(all()).toEqual(["mine"]);
    expect(one("floating_ips")).not.toHaveProperty("target");
  });

  test("that somebody uses is not taken away from them", async () => {
    Object.assign(reserve().json, { target: { id: "0717-x", name: "their-nic" } });
    const { cause, id, properties } = await failure(create({ floatingIp: "mine" }));
    expect(String(cause)).toContain("floating IP mine is in use by their-nic: free it, or name another");
    await handler().delete(id, stored(properties), call());
    expect(all()).toEqual(["mine"]);
    expect(one("floating_ips")).toMatchObject({ target: { id: "0717-x" } });
  });
});

test("inside the network it has no public address", async () => {
  const { scratchGib: _, ...inside } = { ...INPUTS, address: "private" };
  const { outs } = await handler().create(decode(inside), call());
  expect(cloud.world.all("floating_ips", "us-east")).toEqual([]);
  expect(String(outs["host"])).toMatch(/^10\./);
  expect(outs).not.toHaveProperty("scratchDevice");
});

describe("one that does not come up", () => {
  test("is told in IBM's words, and what there is of it goes with it", async () => {
    const { cause, id, properties } = await failure(create({ profile: "bx9-1x1" }));
    expect(String(cause)).toMatch(/400 bad_field: The profile does not exist.*\(request [0-9a-f-]{36}\)/);
    expect(all()).toEqual([BASE]);
    expect(handler().diff(properties, INPUTS)).toMatchObject({ changes: true, deleteBeforeReplace: true });
    await handler().delete(id, stored(properties), call());
    expect(all()).toEqual([]);
  });

  test("for lack of capacity is not waited for", async () => {
    const starting = create();
    const fail = setInterval(() => {
      const instance = cloud.world.all("instances", "us-east")[0];
      if (instance === undefined) return;
      const why = [{ code: "cannot_start_capacity", message: "no capacity in the zone" }];
      Object.assign(instance, { arrive: undefined });
      Object.assign(instance.json, { status: "stopped", status_reasons: why });
    }, 0);
    const { cause } = await failure(starting).finally(() => clearInterval(fail));
    expect(String(cause)).toMatch(
      /did not start instance r\S+: it is stopped \(cannot_start_capacity: no capacity in the zone\)/,
    );
  });

  test("for what is not there, says what", async () => {
    await expect(create({ vpc: "none" })).rejects.toThrow("there is no VPC none in us-east");
    await expect(create({ subnet: "another-us-east-2" })).rejects.toThrow("has no subnet another-us-east-2");
    await expect(create({ zone: "us-east-1" })).rejects.toThrow("is in zone us-east-2, not in us-east-1");
    await expect(create({ stockImage: "none" })).rejects.toThrow("IBM has no stock image none in us-east");
    await expect(create({ floatingIp: "none" })).rejects.toThrow("there is no floating IP none in us-east");
    expect(all()).toEqual([]);
  });
});
