import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Job } from "../job/job";
import { runCommand } from "../machine/processes";
import { curlPut } from "../machine/put";
import { send, sendJson, type Sending } from "./send";
import { fakeMachine, makeJob } from "../testing/fixtures";
import { makeSpec, presigned, SIGNATURE } from "../../contract/testing/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { TestStore } from "../testing/store";

const OBJECT = "disks/local/x.raw.zst";

async function setUp(
  change: Partial<Sending> = {},
): Promise<{ store: TestStore; job: Job; what: Sending; body: Buffer }> {
  const store = await TestStore.start();
  const job = await makeJob(await fakeMachine(), makeSpec({}, store.url));
  const path = join(await temporaryFolder(), "body");
  const body = randomBytes(3_000_000);
  await writeFile(path, body);
  const md5 = createHash("md5").update(body).digest("base64");
  const target = () => Promise.resolve({ url: presigned(store.url, OBJECT) });
  const what = { object: OBJECT, target, path, md5, type: "application/zstd", ...change };
  return { store, job, what, body };
}

const events = (job: Job): Promise<string> => readFile(job.folder.eventsPath, "utf8").catch(() => "");

test("sends the file whole, with its length and checksum, and tells how far it is", async () => {
  const progress: number[] = [];
  const { store, job, what, body } = await setUp({ onProgress: (bytes) => progress.push(bytes) });
  store.next.push("slow");
  await send(job, what);
  expect(store.objects.get(`builders/${OBJECT}`)?.equals(body)).toBe(true);
  expect(store.puts[0]?.headers).toMatchObject({ "content-length": "3000000", expect: "100-continue" });
  expect(progress.at(-1)).toBe(3_000_000);
});

test("500, 503, 429 and a cut connection are tried again", async () => {
  const { store, job, what, body } = await setUp();
  store.next.push(500, 503, 429, "cut");
  await send(job, what);
  // After the cut it was asked why.
  expect(store.puts).toHaveLength(6);
  expect(store.objects.get(`builders/${OBJECT}`)?.equals(body)).toBe(true);
  expect(await events(job)).not.toContain(SIGNATURE);
});

test.each([400, 403, 404, 307])("%i is final, and the error shows no signature", async (status) => {
  const { store, job, what } = await setUp();
  store.next.push(status);
  const error = await send(job, what).then(
    () => expect.fail("it succeeded"),
    (reason: unknown) => String(reason),
  );
  expect(store.puts).toHaveLength(1);
  expect(error).toContain(
    `${OBJECT}: ${store.url}/builders/${OBJECT} answered ${status} TestCode: no: /builders/${OBJECT}`,
  );
  expect(error).not.toContain(SIGNATURE);
  if (status === 403) expect(error).toContain("has run out");
});

test("a refusal that was lost with its connection is asked for again, without the body", async () => {
  const { store, job, what } = await setUp();
  store.next.push("cut", 403);
  await expect(send(job, what)).rejects.toThrow("answered 403 TestCode");
  expect(store.puts.map(({ headers }) => headers["content-length"])).toEqual(["3000000", "0"]);
});

test("gives up after six tries and says so", async () => {
  const { store, job, what } = await setUp();
  store.next.push(...Array<number>(10).fill(503));
  await expect(send(job, what)).rejects.toThrow(/answered 503 .*\(tried 6 times\)/);
  expect(store.puts).toHaveLength(6);
});

test("a server that is not there is a network error, without the signature", async () => {
  const { job, what } = await setUp({
    target: () => Promise.resolve({ url: presigned("http://127.0.0.1:9", OBJECT) }),
  });
  const error = await send(job, what).catch((reason: unknown) => String(reason));
  expect(error).toMatch(/no answer from http:\/\/127\.0\.0\.1:9\/builders\/.*onnect.*tried 6 times/);
  expect(String(error) + (await events(job))).not.toContain(SIGNATURE);
});

test("the URL is asked for again before each try; a spec that is just being written costs one try", async () => {
  const { store, job, what } = await setUp();
  const urls = [presigned(store.url, "old"), undefined, presigned(store.url, "fresh")];
  store.next.push(503);
  const next = () => Promise.resolve(urls.shift() ?? Promise.reject(new Error("is not JSON")));
  await send(job, { ...what, target: async () => ({ url: await next() }) });
  expect(store.puts.map(({ path }) => path)).toEqual(["builders/old", "builders/fresh"]);
});

test("a body that arrives changed is refused by the store and not sent again", async () => {
  const { store, job, what } = await setUp({ md5: "AAAAAAAAAAAAAAAAAAAAAA==" });
  await expect(send(job, what)).rejects.toThrow("answered 400");
  expect(store.puts).toHaveLength(1);
});

test("a stop ends the upload", async () => {
  const { store, job, what } = await setUp();
  const stop = new AbortController();
  store.next.push("hang");
  const running = send(job, { ...what, signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 300);
  await expect(running).rejects.toThrow("enough");
  expect(store.puts).toHaveLength(1);
});

test("the URL is in no process list", async () => {
  const { store, job, what } = await setUp();
  const seen: string[] = [];
  const put = curlPut((command, args, options) => {
    seen.push([command, ...args].join(" "));
    return runCommand(command, args, options);
  });
  await send(Object.assign(job, { machine: { ...job.machine, put } }), what);
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toContain(store.url);
  expect(seen[0]).not.toContain(SIGNATURE);
});

test("a curl that is ended while it prints an answer has given none", async () => {
  const put = curlPut(() =>
    Promise.resolve({ code: null, stdout: "<Error>\n<Code>Acc", tail: [], reason: "ended by SIGKILL" }),
  );
  const { signal } = new AbortController();
  const request = { url: "http://127.0.0.1:9/x", headers: {}, path: "/dev/null", timeoutMs: 1000, signal };
  await expect(put({ ...request, onProgress: () => undefined })).rejects.toThrow("curl: ended by SIGKILL");
});

test("a small document arrives as it is, quotes, newlines and all", async () => {
  const { store, job } = await setUp();
  const url = () => Promise.resolve(presigned(store.url, OBJECT));
  const text = '{"a": "\\"ü\\n"}\n@x\n';
  expect(await sendJson(job, "x.json", text, { object: OBJECT, url })).toEqual({
    object: OBJECT,
    sha256: createHash("sha256").update(text).digest("hex"),
    sizeBytes: Buffer.byteLength(text),
  });
  expect(store.objects.get(`builders/${OBJECT}`)?.toString()).toBe(text);
  expect(store.puts[0]?.headers["content-type"]).toBe("application/json");
});
