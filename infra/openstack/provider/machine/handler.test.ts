/** What becomes of a machine when Nova or Neutron fails: nothing is left, or what is left is named. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { PartialFailure } from "../../../../provider/handler";
import { cloudOf } from "../cloud/cloud";
import { type FakeNova, fakeNova, reply } from "../testing/fake-nova";
import { novaMachineHandler } from "./handler";

const call = fakeCall("urn:pulumi:devel::p::builders:index:NovaMachine::m");
let nova: FakeNova;
let now: number;
beforeEach(async () => {
  now = 0;
  nova = await fakeNova();
});
afterEach(() => nova.cloud.close());

const wait = {
  now: () => now,
  sleep: (ms: number) => {
    now += ms;
    return Promise.resolve();
  },
};
const machines = () => {
  const cloud = cloudOf({ ...nova.cloud.access, region: "here" }, { wait: nova.cloud.wait });
  return novaMachineHandler({ openCloud: () => cloud, wait });
};
const inputs = (more: object = {}) =>
  decode({
    ...{ cloud: { cloud: "fake" }, name: "m", identity: "abcdefgh2345", image: "stock", flavor: "builder" },
    ...{ network: "general", securityGroups: ["default"], floatingNetwork: "outside", userData: "#cloud-config\n" },
    ...more,
  });
const left = () => Object.entries(nova.things).flatMap(([kind, all]) => [...all.keys()].map(() => kind));

test("starts with a port and a floating IP, and goes with both", async () => {
  const { id, outs } = await machines().create(inputs(), call);
  expect(outs).toMatchObject({ serverId: id, address: "192.0.2.5" });
  expect(left()).toEqual(["servers", "ports", "floatingips"]);
  await machines().delete(id, decode(outs), call);
  expect(left()).toEqual([]);
});

test("a flavor without a disk starts from a volume that holds the image's whole disk, and goes with the instance", async () => {
  nova.flavor = { ...nova.flavor, disk: 0 };
  nova.image = { ...nova.image, size: 2 ** 30, virtual_size: 30 * 2 ** 30 };
  const volume = async (more?: object) => {
    const { id } = await machines().create(inputs(more), call);
    return nova.things.servers.get(id)?.["block_device_mapping_v2"];
  };
  expect(await volume()).toMatchObject([{ uuid: "i", volume_size: 30, delete_on_termination: true }]);
  expect(await volume({ diskGib: 60 })).toMatchObject([{ volume_size: 60 }]);
});

test("is in the availability zone that was asked for, and another zone is another machine", async () => {
  const { id, outs } = await machines().create(inputs({ availabilityZone: "power" }), call);
  expect(nova.things.servers.get(id)).toMatchObject({ availability_zone: "power" });
  const { replaces } = machines().diff(outs, inputs().value);
  expect(replaces).toEqual(["availabilityZone"]);
});

test("an instance whose answer was lost is ended, though nobody knows its id", async () => {
  nova.fault = (received, response) => {
    if (received.method !== "POST" || received.path !== "/servers") return false;
    nova.things.servers.set("lost", {
      ...(JSON.parse(received.body) as { server: object }).server,
      id: "lost",
      status: "BUILD",
    });
    response.socket?.destroy();
    return true;
  };
  await expect(machines().create(inputs(), call)).rejects.toThrow(/POST .*\/servers got no answer/);
  expect(left()).toEqual([]);
});

test("why it did not start is said where its console can't be had, and nothing is left", async () => {
  nova.born = { status: "ERROR", fault: { code: 500, message: "No valid host was found." } };
  nova.fault = ({ path }, response) => {
    if (!path.endsWith("/action")) return false;
    response.writeHead(500).end(JSON.stringify({ computeFault: { code: 500, message: "timed out" } }));
    return true;
  };
  await expect(machines().create(inputs(), call)).rejects.toThrow(/is ERROR .*No valid host.*no quota of yours/s);
  expect(left()).toEqual([]);
});

test("an instance that can't be ended holds up neither its floating IP nor its port, and is named", async () => {
  const { id, outs } = await machines().create(inputs(), call);
  nova.fault = (received, response) => {
    if (received.method !== "DELETE" || !received.path.startsWith("/servers")) return false;
    reply(nova, { ...received, method: "GET" }, response);
    return true;
  };
  const said: string[] = [];
  const watched = { ...call, log: { ...call.log, status: (text: string) => void said.push(text) } };
  await expect(machines().delete(id, decode(outs), watched)).rejects.toThrow(
    /^instance servers-1 \(m\) is still ACTIVE 10 minutes after it was deleted: ask/,
  );
  expect(left()).toEqual(["servers"]);
  expect(said.at(-1)).toBe("instance servers-1 (m) is ending, since 600 s");
});

test("what stays of a machine that did not start is in the state, with both reasons", async () => {
  nova.born = { status: "ERROR", fault: { code: 500, message: "No valid host was found." } };
  nova.fault = ({ method, path }, response) => {
    if (method !== "DELETE" || !path.startsWith("/ports")) return false;
    response.writeHead(409).end(JSON.stringify({ NeutronError: { type: "PortInUse", message: "in use", detail: "" } }));
    return true;
  };
  const error: unknown = await machines()
    .create(inputs(), call)
    .catch((cause: unknown) => cause);
  if (!(error instanceof PartialFailure)) throw new Error("expected what is left", { cause: error });
  expect(error.message).toMatch(/something is left behind: .*PortInUse: in use/);
  expect(String(error.cause)).toMatch(/No valid host/);
  expect(left()).toEqual(["ports"]);
});

test("a quota that is met at the third instance is said as one, and the two before it stay", async () => {
  nova.fault = (received, response) => {
    if (received.method !== "POST" || received.path !== "/servers" || nova.things.servers.size < 2) return false;
    const message = "Quota exceeded for instances: Requested 1, but already used 2 of 2 instances";
    response.writeHead(403).end(JSON.stringify({ forbidden: { code: 403, message } }));
    return true;
  };
  for (const name of ["m-1", "m-2"]) await machines().create(inputs({ name }), call);
  const before = left();
  await expect(machines().create(inputs({ name: "m-3" }), call)).rejects.toThrow(
    /answered 403 .*already used 2 of 2 instances\na quota is met/,
  );
  expect(left()).toEqual(before);
  expect([...nova.things.servers.values()].map(({ name }) => name)).toEqual(["m-1", "m-2"]);
});

test.each([
  ["Quota exceeded for cores: Requested 4, but already used 20 of 20 cores", /is ERROR .*\na quota is met/],
  [
    "Build of instance aborted: VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.",
    /\na quota is met/,
  ],
  ["No valid host was found. There are not enough hosts available.", /flavor builder\) .*no quota of yours/s],
  ["Unable to mount the root disk", /: Unable to mount the root disk\nThe end of its console/],
])("what Nova finds after it has taken an instance is told apart: %s", async (message, said) => {
  nova.born = { status: "ERROR", fault: { code: 500, message } };
  await expect(machines().create(inputs(), call)).rejects.toThrow(said);
  expect(left()).toEqual([]);
});

test.each([
  ["is ended for good", 202],
  ["is the cloud's to end where we may not", 403],
])("an instance that the cloud keeps for a while after it was deleted %s", async (_what, status) => {
  const { id, outs } = await machines().create(inputs(), call);
  const asked: string[] = [];
  nova.fault = ({ method, path, body }, response) => {
    if (!path.startsWith(`/servers/${id}`)) return false;
    asked.push(`${method} ${body}`.trim());
    const server = nova.things.servers.get(id);
    if (method === "DELETE") Object.assign(server ?? {}, { status: "SOFT_DELETED" });
    if (method !== "DELETE" && method !== "POST") return false;
    if (method === "POST" && status === 202) nova.things.servers.delete(id);
    response.writeHead(method === "DELETE" ? 204 : status).end();
    return true;
  };
  await machines().delete(id, decode(outs), call);
  expect(asked).toContain('POST {"forceDelete":null}');
  expect(left()).toEqual(status === 202 ? [] : ["servers"]);
  expect(now).toBeLessThan(60_000);
});
