/** An image of one region against the stand-in, which reads the object's bytes as IBM does. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ibmClients } from "../../infra/ibm/provider/clients";
import { ibmImageHandler } from "../../infra/ibm/provider/image/handler";
import { unfinishedName } from "../../infra/ibm/provider/marks";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { PartialFailure } from "../../provider/handler";
import { startIbmCloud, type IbmCloud } from "../../standins/ibm-cloud/start";
import { fakeWait } from "./support/wait";

const OWNER = { identity: "abcdefgh2345", resource: "copr-builder-s390x-g1-abababab.ibm-1" };
const NAME = "copr-builder-s390x-g1-abababab";

let cloud: IbmCloud;
let file: string;
let inputs: Readonly<Record<string, unknown>>;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), "cos-"));
  mkdirSync(join(folder, "images"));
  file = join(folder, "images", "disk.qcow2");
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", file, "8M"]);
  cloud = await startIbmCloud({ pageSize: 50, cos: { folder, location: "jp-tok" } });
  inputs = {
    ...{ region: "br-sao", name: NAME, href: "cos://jp-tok/images/disk.qcow2", fileSha256: sumOf(file) },
    ...{ operatingSystem: "fedora-coreos-stable-s390x", resourceGroup: "copr", stack: "devel", owner: OWNER },
    ...{ key: "ab".repeat(32), tags: { FedoraGroup: "copr" } },
  };
});
afterEach(() => cloud.stop());

const sumOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const call = () => fakeCall("urn:pulumi:devel::p::builders:index:IbmImage::i");
const made = () => cloud.world.all("images", "br-sao").filter(({ json }) => json["visibility"] === "private");
const names = () => made().map(({ json }) => json.name);
const handler = () => {
  const { wait } = fakeWait();
  const clients = ibmClients({ env: cloud.environment, wait });
  return ibmImageHandler({ clients: () => clients, wait });
};
const create = (more: object = {}, on = call()) => handler().create(decode({ ...inputs, ...more }), on);
const failure = async (work: Promise<unknown>): Promise<PartialFailure> => {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof PartialFailure) return error;
  throw new Error(`expected a partial failure, not ${String(error)}`);
};

test("has its name, its group and its marks once it can be used, and says what it waits for", async () => {
  const on = call();
  const { id, outs } = await create({}, on);
  const [image] = made();
  expect(image?.json).toMatchObject({ id, name: NAME, status: "available", resource_group: { name: "copr" } });
  expect([...(cloud.world.tags.get(image?.json.crn ?? "") ?? [])].sort()).toEqual(
    [
      ...[`build-key:${"ab".repeat(32)}`, `copr-builders-owner:${OWNER.identity}`, "copr-builders-stack:devel"],
      ...[`copr-builders-resource:${OWNER.resource}`, "fedoragroup:copr"],
    ].sort(),
  );
  expect(outs).toMatchObject({ finished: true, crn: image?.json.crn, seconds: expect.any(Number) as number });
  expect(on.said.join()).toMatch(/waiting for image r\S+ in br-sao to be available: pending \(image_request_in_pro/);
  expect(await handler().read(id, decode(outs), call())).toEqual(outs);
});

test("an answer that is lost makes one image", async () => {
  cloud.faults.add({ method: "POST", path: /\/images$/, outcome: "lost" });
  await create();
  expect(names()).toEqual([NAME]);
});

test("two runs at once make one image, and both have it", async () => {
  const [first, second] = await Promise.all([create(), create()]);
  expect(names()).toEqual([NAME]);
  expect([first.id, second.id]).toEqual(made().flatMap(({ json }) => [json.id, json.id]));
  expect(second.outs).toMatchObject({ finished: true });
});

test("three regions, of which one can't be reached: two have their images, and the third is said as that", async () => {
  cloud.world.unreachable.add("us-east");
  const regions = ["br-sao", "us-east", "eu-es"];
  const ended = await Promise.allSettled(regions.map((region) => create({ region })));
  expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(String(ended.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])))).toMatch(
    /in us-east: no answer from http/,
  );
  cloud.world.unreachable.clear();
  await create({ region: "us-east" });
  expect(cloud.world.all("images", "us-east").map(({ json }) => json.name)).toContain(NAME);
});

test("bears the name of what is not finished, with its owner's identity, until it is whole", async () => {
  cloud.faults.add({ method: "PATCH", path: /\/images\//, times: 5, outcome: { status: 503 } });
  const { id, properties } = await failure(create());
  expect(names()).toEqual([unfinishedName(OWNER)]);
  expect(unfinishedName(OWNER)).toMatch(/^copr-builders-abcdefgh2345-[0-9a-f]{12}$/);
  expect(properties).toMatchObject({ finished: false });
  // The next run makes room first, and then makes it.
  expect(handler().diff(properties, inputs)).toMatchObject({ changes: true, deleteBeforeReplace: true });
  await handler().delete(id, decode(properties), call());
  expect(names()).toEqual([]);
});

test("an import that fails is told in IBM's words, and is made again by the next run", async () => {
  cloud.world.failingImports.push({ code: "image_data_corrupted", message: "The file is damaged" });
  const { message, cause, id, properties } = await failure(create());
  expect(message).toContain('in br-sao is not finished; "pulumi up" makes it again');
  expect(String(cause)).toContain("it is failed (image_data_corrupted: The file is damaged)");
  expect(await handler().read(id, decode(properties), call())).toBeUndefined();
  const { id: next } = await create();
  expect(made().map(({ json }) => json.id)).toEqual([next]);
});

test("other bytes than the object had never get the name", async () => {
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", file, "9M"]);
  const { cause } = await failure(create());
  expect(String(cause)).toContain(
    `VPC has imported ${sumOf(file)}, and the object has ${String(inputs["fileSha256"])}`,
  );
  expect(names()).toEqual([unfinishedName(OWNER)]);
});

test("what IBM does not read is told: no qcow2, and a bucket that images may not read", async () => {
  writeFileSync(file, "x".repeat(1000));
  expect(String((await failure(create({ fileSha256: sumOf(file) }))).cause)).toContain("image_data_corrupted");
  cloud.world.readableBuckets.clear();
  await expect(create({ owner: { ...OWNER, resource: "other" } })).rejects.toThrow("not authorized to read the bucket");
});

test("one that never comes is waited for an hour, and not for ever", async () => {
  const slow = startIbmCloud({
    pendingReads: 100_000,
    pageSize: 50,
    cos: { folder: join(file, "../.."), location: "jp-tok" },
  });
  await cloud.stop();
  cloud = await slow;
  const { cause } = await failure(create());
  expect(String(cause)).toMatch(/waited 60 minutes for image r\S+ in br-sao to be available, it is pending/);
});

test("a region that does not answer for some minutes does not end an import; one that never does again, does", async () => {
  const look = { method: "GET", path: /\/images\/r/ };
  cloud.faults.add({ ...look, times: 12, outcome: { status: 503 } });
  const on = call();
  const { outs } = await create({}, on);
  expect(outs).toMatchObject({ finished: true });
  expect(on.said.join()).toMatch(
    /waiting for image r\S+ in br-sao to be available: not known: can't look at image .*503/,
  );
  cloud.faults.add({ ...look, times: 10_000, outcome: { status: 503 } });
  const { cause } = await failure(create({ owner: { ...OWNER, resource: "other" }, name: `${NAME}-2` }));
  expect(String(cause)).toMatch(/^IbmError: can't look at image r\S+ in br-sao: 503 internal_error.*\(request /);
});

describe("what is there already", () => {
  test("of this resource, whole: is taken over, whatever state was lost", async () => {
    const { id } = await create();
    const posts = () => cloud.asked.filter((one) => one.startsWith("POST /vpc")).length;
    const before = posts();
    expect((await create()).id).toBe(id);
    expect(posts()).toBe(before);
  });

  test("of this resource, begun by a run that was killed: is finished", async () => {
    cloud.faults.add({ method: "POST", path: /tags\/attach/, times: 5, outcome: { status: 500 } });
    const { id } = await failure(create());
    expect((await create()).id).toBe(id);
    expect(names()).toEqual([NAME]);
  });

  test.each(["pending", "available"])("of another build, begun by a run that was killed, %s: goes", async (status) => {
    cloud.faults.add({ method: "PATCH", path: /\/images\//, times: 5, outcome: { status: 503 } });
    const { id } = await failure(create());
    Object.assign(cloud.world.entries.get(id)?.json ?? {}, { status });
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", file, "9M"]);
    const next = await create({ fileSha256: sumOf(file), key: "cd".repeat(32) });
    expect(made().map(({ json }) => json.id)).toEqual([next.id]);
    expect(names()).toEqual([NAME]);
  });

  test("of somebody: is left alone, and named", async () => {
    const { id } = await create();
    const other = create({ owner: { ...OWNER, identity: "zzzzzzzz2345" } });
    await expect(other).rejects.toThrow(`is held by image ${id}, which is of the stack with the identity abcdefgh2345`);
    const second = create({ owner: { ...OWNER, resource: "another" } });
    await expect(second).rejects.toThrow("which is of another resource of this stack");
    cloud.world.tags.clear();
    await expect(create()).rejects.toThrow("which bears no mark of a stack");
    expect(made().map(({ json }) => json.id)).toEqual([id]);
  });
});

describe("its end", () => {
  test("is waited for; what is gone is deleted and read as gone", async () => {
    const { id, outs } = await create();
    await handler().delete(id, decode(outs), call());
    expect(made()).toEqual([]);
    await handler().delete(id, decode(outs), call());
    expect(await handler().read(id, decode(outs), call())).toBeUndefined();
  });

  test("is asked for once, though answers still show it as it was, and again while it is busy", async () => {
    const { id, outs } = await create();
    const [image] = made();
    if (image === undefined) throw new Error("no image");
    const busy = { status: 409 };
    cloud.faults.add({ method: "DELETE", path: /images/, outcome: busy });
    // Its end is taken, and reads lag behind.
    let shown = 0;
    const { json } = image;
    Object.defineProperty(image, "json", {
      get: () => (json["status"] === "deleting" && (shown += 1) % 2 === 0 ? { ...json, status: "available" } : json),
    });
    await handler().delete(id, decode(outs), call());
    expect(cloud.asked.filter((one) => one.startsWith("DELETE"))).toHaveLength(2);
    expect(made()).toEqual([]);
  });

  test("is not for what somebody else has taken over since", async () => {
    const { id, outs } = await create();
    const crn = String(outs["crn"]);
    cloud.world.tags.set(crn, new Set(["copr-builders-owner:zzzzzzzz2345"]));
    const on = call();
    await handler().delete(id, decode(outs), on);
    expect(names()).toEqual([NAME]);
    expect(on.said.join()).toContain("is left alone: it belongs to zzzzzzzz2345 now");
  });
});

test("tags follow the settings; nothing else changes in place", async () => {
  const { id, outs } = await create();
  // IBM keeps no capitals: this is the tag that is there.
  await handler().update(id, decode(outs), decode({ ...inputs, tags: { FEDORAGROUP: "copr" } }), call());
  expect([...(cloud.world.tags.get(String(outs["crn"])) ?? [])]).toContain("fedoragroup:copr");
  const news = { ...inputs, tags: { other: "1" } };
  expect(handler().diff(outs, news)).toEqual({ changes: true, replaces: [] });
  expect(handler().diff(outs, inputs)).toEqual({ changes: false, replaces: [] });
  expect(handler().diff(outs, { ...inputs, operatingSystem: "another" }).replaces).toEqual(["operatingSystem"]);
  const after = await handler().update(id, decode(outs), decode(news), call());
  const tags = [...(cloud.world.tags.get(String(outs["crn"])) ?? [])];
  expect(tags).toContain("other:1");
  expect(tags).not.toContain("fedoragroup:copr");
  expect(tags).toContain(`copr-builders-owner:${OWNER.identity}`);
  expect(after).toMatchObject({ finished: true, tags: { other: "1" } });
});

test("inputs that VPC would refuse are refused by path beforehand", () => {
  const { check } = handler();
  const wrong = { ...inputs, name: "Has_Capitals", href: "https://x", fileSha256: "x" };
  expect(check(decode(wrong)).map(({ property }) => property)).toEqual(["name", "href", "fileSha256"]);
});
