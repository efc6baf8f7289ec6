import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore, UnreadableObject } from "./object-store";
import type { Store } from "./store";

/** Enough of an S3 server, path style, and what it was asked. */
const objects = new Map<string, string>();
const asked: { method: string; url: URL; headers: IncomingMessage["headers"] }[] = [];
const MODIFIED = new Date("2026-11-26T03:00:00Z");
let failures = 0;
let server: Server;
let store: Store;
let root: string;

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = new URL(request.url ?? "/", "http://server");
  asked.push({ method: request.method ?? "", url, headers: request.headers });
  const name = url.pathname;
  if (failures > 0) {
    failures -= 1;
    response.writeHead(503).end();
  } else if (request.method === "PUT") {
    objects.set(name, body);
    response.writeHead(200).end();
  } else if (request.method === "DELETE") {
    objects.delete(name);
    response.writeHead(204).end();
  } else if (name.includes("forbidden")) {
    response.writeHead(403, { "content-type": "application/xml" });
    response.end("<Error><Code>AccessDenied</Code><Message>not for you</Message></Error>");
  } else {
    const found = objects.get(name);
    const missing = "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>";
    const length = name.endsWith("huge") ? 2 ** 30 : (found ?? missing).length;
    const headers = { "content-length": length, "last-modified": MODIFIED.toUTCString() };
    response.writeHead(found === undefined ? 404 : 200, headers);
    response.end(request.method === "HEAD" ? undefined : (found ?? missing));
  }
}

beforeEach(async () => {
  objects.clear();
  asked.length = 0;
  failures = 0;
  root = mkdtempSync(join(tmpdir(), "builders-store-"));
  writeFileSync(join(root, "credentials"), "[local]\naws_access_key_id = id\naws_secret_access_key = very-secret\n");
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  store = {
    bucket: "builders",
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${String(port)}`,
    endpointForWorkers: "http://10.0.2.2:15001",
    credentials: { file: "credentials", profile: "local" },
  };
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

test("writes, looks, reads, deletes", async () => {
  const client = openStore(store, root);
  await client.put("builds/a.json", '{"a":1}', "application/json");
  expect(objects.get("/builders/builds/a.json")).toBe('{"a":1}');
  expect(await client.head("builds/a.json")).toEqual({ sizeBytes: 7, lastModified: MODIFIED });
  expect(await client.getJson("builds/a.json")).toEqual({ a: 1 });
  await client.delete("builds/a.json");
  expect(await client.head("builds/a.json")).toBeUndefined();
  expect(await client.getJson("builds/a.json")).toBeUndefined();
  await client.delete("builds/a.json");
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
  expect(asked).toHaveLength(1);
});

test("a busy server is asked again, no more than four times", async () => {
  failures = 2;
  await openStore(store, root).put("o", "text");
  expect(objects.get("/builders/o")).toBe("text");
  failures = 100;
  await expect(openStore(store, root).put("o", "text")).rejects.toThrow('can\'t write object "o"');
  expect(asked).toHaveLength(3 + 4);
}, 30_000);

test("a presigned PUT takes any body from somebody without credentials", async () => {
  const url = await openStore(store, root).presignPut("disks/k.raw.zst", { expiresSeconds: 60 });
  expect((await fetch(url, { method: "PUT", body: "disk" })).status).toBe(200);
  expect(objects.get("/builders/disks/k.raw.zst")).toBe("disk");
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
