import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NoConditions, openStore, OtherRegion, UnreadableObject } from "./object-store";
import type { Store } from "./store";
import { ETAG, MODIFIED, S3Server } from "./testing/s3-server";

let server: S3Server;
let store: Store;
let root: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "builders-store-"));
  writeFileSync(join(root, "credentials"), "[local]\naws_access_key_id = id\naws_secret_access_key = very-secret\n");
  server = new S3Server();
  store = {
    bucket: "builders",
    region: "us-east-1",
    endpoint: await server.open(),
    endpointForWorkers: "http://10.0.2.2:15001",
    credentials: { file: "credentials", profile: "local" },
  };
});
afterEach(() => server.close());

test("writes, looks, reads, deletes", async () => {
  const client = openStore(store, root);
  await client.put("builds/a.json", '{"a":1}', "application/json");
  expect(server.objects.get("/builders/builds/a.json")).toBe('{"a":1}');
  expect(await client.head("builds/a.json")).toEqual({ sizeBytes: 7, modifiedAt: MODIFIED, etag: ETAG });
  expect(Buffer.from((await client.getBytes("builds/a.json")) ?? []).toString()).toBe('{"a":1}');
  expect(await client.getBytes("builds/b.json")).toBeUndefined();
  expect(await client.getJson("builds/a.json")).toEqual({ a: 1 });
  await client.delete("builds/a.json");
  expect(await client.head("builds/a.json")).toBeUndefined();
  expect(await client.getJson("builds/a.json")).toBeUndefined();
  await client.delete("builds/a.json");
});

test("lists what begins so, over as many pages as there are", async () => {
  const client = openStore(store, root);
  const names = ["holds/a/1", "holds/a/2", "holds/a/3", "holds/a/4", "holds/a/5"];
  for (const name of [...names, "holds/b/1"]) await client.put(name, "abc");
  expect((await client.list("holds/a/")).map(({ object }) => object)).toEqual(names);
  expect(await client.list("holds/b/")).toEqual([{ object: "holds/b/1", sizeBytes: 3, modifiedAt: MODIFIED }]);
  expect(await client.list("nothing/")).toEqual([]);
});

test("what is no JSON, or far too large for it, is told from a store that does not answer", async () => {
  const client = openStore(store, root);
  for (const [name, why] of [
    ["garbage", "is not JSON"],
    ["huge", "has 1073741824 bytes"],
  ] as const) {
    await client.put(name, "{");
    const error = await client.getJson(name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnreadableObject);
    expect(String(error)).toContain(`object "${name}" ${why}`);
  }
});

test("a refusal is an error that says where and as whom, and is not tried again", async () => {
  await expect(openStore(store, root).getJson("forbidden")).rejects.toThrow(
    /can't read object "forbidden" of bucket "builders" at http:.*profile "local" of credentials\): AccessDenied: not for you/,
  );
  expect(server.asked).toHaveLength(1);
});

test("a busy server is asked again, no more than four times", async () => {
  server.failures = 2;
  await openStore(store, root).put("o", "text");
  expect(server.objects.get("/builders/o")).toBe("text");
  server.failures = 100;
  await expect(openStore(store, root).put("o", "text")).rejects.toThrow('can\'t write object "o"');
  expect(server.asked).toHaveLength(3 + 4);
}, 30_000);

test("a presigned PUT takes any body from somebody without credentials", async () => {
  const url = await openStore(store, root).presignPut("disks/k.raw.zst", { expiresSeconds: 60 });
  expect((await fetch(url, { method: "PUT", body: "disk" })).status).toBe(200);
  expect(server.objects.get("/builders/disks/k.raw.zst")).toBe("disk");
  // Signed into the URL, a checksum would be that of an empty body.
  const names = [...new URL(url).searchParams.keys()].map((name) => name.toLowerCase());
  expect(names.filter((name) => name.includes("checksum"))).toEqual([]);
  expect(url).not.toContain("very-secret");
});

test("presigned for workers: their address, the same path", async () => {
  const url = new URL(await openStore(store, root).presignGet("o", { forWorkers: true, expiresSeconds: 3600 }));
  expect(url.origin).toBe("http://10.0.2.2:15001");
  expect(url.pathname).toBe("/builders/o");
  expect(url.searchParams.get("X-Amz-Expires")).toBe("3600");
});

const answers = (status: number, code: string, message: string, headers: Record<string, string> = {}) => {
  server.refusal = { status, headers, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` };
};

test.each([
  [501, "NotImplemented", "A header you provided implies functionality that is not implemented"],
  [400, "NotImplemented", "no"],
  [400, "InvalidArgument", "The header If-Match is not supported"],
  [405, "MethodNotAllowed", "Conditional writes are off"],
])("a server that knows no conditional writes may say so by %i %s", async (status, code, message) => {
  answers(status, code, message);
  await expect(openStore(store, root).tryPut("o")).rejects.toBeInstanceOf(NoConditions);
});

test("any other mistake of ours is none of these", async () => {
  answers(400, "InvalidRequest", "Content-MD5 is required");
  await expect(openStore(store, root).tryPut("o")).rejects.toThrow(/can't write object "o".*Content-MD5/);
});

test.each<[string, string, Record<string, string>, string | undefined]>([
  ["PermanentRedirect", "must be addressed otherwise", { "x-amz-bucket-region": "eu-west-1" }, "eu-west-1"],
  ["AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-west-2'", {}, "eu-west-2"],
  ["PermanentRedirect", "must be addressed otherwise", {}, undefined],
  [
    "AuthorizationHeaderMalformed",
    "Authorization header malformed, unexpected scope: '20261128/us-east-1/s3/aws4_request', expected: '20261128/garage/s3/aws4_request'",
    {},
    "garage",
  ],
  [
    "InvalidRegionName",
    "The region name 'us-east-2' is not valid. Must be one of: wnam, enam, weur, eeur, apac, auto",
    {},
    undefined,
  ],
])("a bucket of another region is told from one that may not be read: %s", async (code, message, headers, region) => {
  answers(code === "PermanentRedirect" ? 301 : 400, code, message, headers);
  const error = await openStore(store, root)
    .getJson("o")
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OtherRegion);
  expect(error).toMatchObject({ region, message: expect.stringContaining(message) as string });
});

test("how a bucket is set up is read where it is told, and as usual where not", async () => {
  expect(await openStore(store, root).setup()).toEqual({ keepsVersions: false, requesterPays: false });
  server.settings.set("versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
  server.settings.set(
    "requestPayment",
    "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
  );
  const retention = "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule>";
  server.settings.set("object-lock", `<ObjectLockConfiguration>${retention}</ObjectLockConfiguration>`);
  const setup = { keepsVersions: true, locks: "GOVERNANCE, 30 days", requesterPays: true };
  expect(await openStore(store, root).setup()).toEqual(setup);
  answers(403, "AccessDenied", "no");
  expect(await openStore(store, root).setup()).toEqual({ keepsVersions: false, requesterPays: false });
});
