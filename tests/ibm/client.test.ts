/** The client against the stand-in: pages, faults, and that no POST makes a second thing. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startIbmCloud, type IbmCloud } from "../../standins/ibm-cloud/start";
import { ibmClients, type IbmClients } from "../../infra/ibm/provider/clients";
import { fakeWait } from "./support/wait";

const never = new AbortController().signal;
const KEY = { name: "copr-builders-test-key", public_key: "ssh-ed25519 AAAA", type: "ed25519" };

let cloud: IbmCloud;
let clients: IbmClients;
let slept: number[];
beforeEach(async () => {
  cloud = await startIbmCloud();
  const waiting = fakeWait();
  slept = waiting.slept;
  clients = ibmClients({ env: cloud.environment, wait: waiting.wait });
});
afterEach(() => cloud.stop());

const posts = () => cloud.asked.filter((one) => one.startsWith("POST /vpc")).length;

test("reads lists to their last page, and finds one by its exact name", async () => {
  const vpc = clients.vpc("us-east");
  expect(await vpc.list("subnets")).toHaveLength(6);
  expect((await vpc.named("subnets", "another-us-east-3"))?.zone.name).toBe("us-east-3");
  expect(await vpc.named("subnets", "another-us-east")).toBeUndefined();
});

test("what is gone is undefined, and its end is no error", async () => {
  const vpc = clients.vpc("us-east");
  expect(await vpc.get("images", "r006-none")).toBeUndefined();
  expect(await vpc.known("instance/profiles", "none-1x1")).toBeUndefined();
  await vpc.remove("keys", "r006-none");
});

test("429 and 503 on reads are waited for, as long as the answer asks", async () => {
  cloud.faults.add(
    { method: "GET", path: /keys/, outcome: { status: 429, headers: { "retry-after": "7" } } },
    { method: "GET", path: /keys/, outcome: { status: 503 } },
  );
  expect(await clients.vpc("us-east").list("keys")).toEqual([]);
  expect(slept).toEqual([7_000, 2_000]);
});

test("a refusal says IBM's code and words, and the id of the request; nothing is tried again", async () => {
  const asked = clients.vpc("us-east").create("keys", { ...KEY, name: "Not_A_Name" }, never);
  await expect(asked).rejects.toThrow(
    /can't make key Not_A_Name in us-east: 400 bad_field: .*\(name\) \(request [0-9a-f-]{36}\)/,
  );
  expect(posts()).toBe(1);
});

test("an API key that is unknown is said in IAM's words, without the key", async () => {
  const { account } = ibmClients({ env: { ...cloud.environment, IBMCLOUD_API_KEY: "wrong-key" } });
  const error = await account.id().catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("400 BXNIM0415E: Provided API key could not be found.");
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain("wrong-key");
});

test("without credentials it says where they come from", async () => {
  const { account } = ibmClients({ env: { ...cloud.environment, IBMCLOUD_API_KEY: "" } });
  await expect(account.id()).rejects.toThrow("set IBMCLOUD_API_KEY");
});

describe("a POST makes one thing", () => {
  const path = /\/keys$/;
  const made = () => cloud.world.all("keys", "us-east");

  test("where its answer is lost: it is found, and not asked for again", async () => {
    cloud.faults.add({ method: "POST", path, outcome: "lost" });
    const key = await clients.vpc("us-east").create("keys", KEY, never);
    expect(made().map(({ json }) => json.id)).toEqual([key.id]);
    expect(posts()).toBe(1);
  });

  test("where lists show it late: the second try is refused for the name, and the first is waited for", async () => {
    cloud.faults.add({ method: "POST", path, outcome: "lost" });
    const create = clients.vpc("us-east").create("keys", KEY, never);
    // The first look comes before lists have it.
    const appears = setInterval(() => {
      for (const entry of made()) entry.unseen = entry.unseen === 0 ? 3 : entry.unseen;
      if (made().length > 0) clearInterval(appears);
    }, 0);
    const key = await create;
    clearInterval(appears);
    expect(made().map(({ json }) => json.id)).toEqual([key.id]);
  });

  test("where it never arrived, or was refused for now", async () => {
    cloud.faults.add(
      { method: "POST", path, outcome: "cut" },
      { method: "POST", path, outcome: { status: 429, headers: { "retry-after": "3" } } },
      { method: "POST", path, outcome: { status: 503 } },
    );
    await clients.vpc("us-east").create("keys", KEY, never);
    expect(made()).toHaveLength(1);
    expect(posts()).toBe(4);
    expect(slept).toContain(3_000);
  });

  test("where the name is somebody else's: refused, and left alone", async () => {
    cloud.world.add("keys", "us-east", KEY.name, { public_key: "another" });
    await expect(clients.vpc("us-east").create("keys", KEY, never)).rejects.toThrow("validation_unique_failed");
    expect(made()).toHaveLength(1);
  });
});

test("tags go on and off, and are read page by page without regard to capitals", async () => {
  const vpc = clients.vpc("us-east");
  const { crn } = await vpc.create("keys", KEY, never);
  await clients.tagging.attach([crn], { FedoraGroup: "copr", a: "1", b: "2" });
  await clients.tagging.detach(crn, { a: "1" });
  expect(await clients.tagging.of(crn)).toEqual({ fedoragroup: "copr", b: "2" });
  await expect(clients.tagging.attach([crn], { bad: "ä" })).rejects.toThrow("400: tag bad:ä is not valid");
  await expect(clients.tagging.attach(["crn:none"], { a: "1" })).rejects.toThrow("404: resource not found");
});

test("tags are put on again where the service is busy, or its answer is lost, or it does not know a new thing yet", async () => {
  const { crn, id } = await clients.vpc("us-east").create("keys", KEY, never);
  const path = /tags\/attach/;
  cloud.faults.add(
    { method: "POST", path, outcome: { status: 429, headers: { "retry-after": "3" } } },
    { method: "POST", path, outcome: { status: 503 } },
    { method: "POST", path, outcome: "lost" },
  );
  await clients.tagging.attach([crn], { a: "1" });
  expect(slept).toEqual([3_000, 2_000, 4_000]);
  const entry = cloud.world.entries.get(id);
  cloud.world.entries.delete(id);
  cloud.faults.add({ method: "POST", path, outcome: { status: 503 } });
  const attached = clients.tagging.attach([crn], { b: "2" });
  const appears = setInterval(() => {
    if (entry !== undefined && slept.length > 4) cloud.world.entries.set(id, entry);
  }, 0);
  await attached.finally(() => clearInterval(appears));
  expect(await clients.tagging.of(crn)).toEqual({ a: "1", b: "2" });
});

test("a token that is refused is asked for again, once: also in a POST, which was not carried out", async () => {
  const vpc = clients.vpc("us-east");
  expect(await vpc.list("keys")).toEqual([]);
  cloud.world.tokens.clear();
  expect(await vpc.list("keys")).toEqual([]);
  cloud.world.tokens.clear();
  await vpc.create("keys", KEY, never);
  expect(cloud.asked.filter((one) => one.endsWith("/identity/token"))).toHaveLength(3);
  cloud.faults.add({ method: "GET", path: /keys/, times: 9, outcome: { status: 401 } });
  await expect(vpc.list("keys")).rejects.toThrow(/401 .*; check the API key$/);
  expect(cloud.asked.filter((one) => one.endsWith("/identity/token"))).toHaveLength(4);
});

test("the account is known by its token; groups by name; what may be read, by policies", async () => {
  const { account } = clients;
  expect(await account.id()).toBe(cloud.world.account);
  expect(await account.resourceGroup("copr")).toBe(cloud.world.resourceGroups[1]?.id);
  await expect(account.resourceGroup("none")).rejects.toThrow('no resource group "none"; it has Default, copr');
  expect(await account.imagesMayRead("any")).toBe(true);
  cloud.world.readableBuckets.clear();
  cloud.world.readableBuckets.add("mine");
  expect([await account.imagesMayRead("mine"), await account.imagesMayRead("other")]).toEqual([true, false]);
});

test("a region that can't be reached is said as that, after some tries", async () => {
  cloud.world.unreachable.add("br-sao");
  await expect(clients.vpc("br-sao").list("images")).rejects.toThrow(
    /can't list images in br-sao: no answer from http/,
  );
  expect(cloud.asked.filter((one) => one.includes("br-sao"))).toHaveLength(5);
});
