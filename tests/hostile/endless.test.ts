/** Answers without an end, from real servers and commands: each reader gives up with words, and has not read gigabytes. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeAll, afterAll, expect, test, vi } from "vitest";
import { runCommand } from "../../agent/machine/processes";
import { upsertComment } from "../../cli/ci/github-comments";
import { Slots } from "../../ebs/slots";
import { openUrl } from "../../infra/aws/provider/ebs-snapshot/source";
import { sender } from "../../infra/ibm/provider/http";
import { convert } from "../../infra/ibm/provider/disk-object/convert";
import { overHttp } from "../../infra/openstack/provider/cloud/transport";
import { askHelper } from "../../model/source/credential-helper";
import { registryClient } from "../../model/source";
import { download } from "../../provider/download";
import { runOverSsh } from "../../provider/feed/ssh";
import { openStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import { hopTo, Servers } from "../../provider/ssh-client/testing/servers";
import { unzstd } from "../../provider/unzstd";
import { type Endless, type EndlessServer, serveEndlessly } from "./endless-server";

// Gigabytes are read, or begun to be.
vi.setConfig({ testTimeout: 120_000 });

const MIB = 2 ** 20;
const never = new AbortController().signal;
let folder: string;
let server: EndlessServer | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  server?.close();
  server = undefined;
  vi.unstubAllEnvs();
});

async function serve(how?: Endless): Promise<string> {
  server = await serveEndlessly(how);
  return server.url;
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it came to an end",
    (error: unknown) => String(error),
  );

test("of a registry", async () => {
  const host = (await serve({ headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" } })).slice(7);
  const registry = registryClient({ patience: { attempts: 1 } });
  expect(await failure(registry.architectures(`${host}/a/b:1`))).toContain("sent more than 8388608 bytes");
});

test("of IBM Cloud", async () => {
  const url = await serve();
  const send = sender({ token: () => Promise.resolve("t") });
  const asked = send({ method: "POST", url, body: {}, doing: "list images" });
  expect(await failure(asked)).toContain("the answer has more than 16777216 bytes");
});

test("of OpenStack, also drop by drop", async () => {
  const tls = { verify: true };
  const ask = (url: string, silenceMs: number) =>
    failure(overHttp({ method: "GET", url, headers: {}, tls, silenceMs, signal: never }));
  expect(await ask(await serve(), 60_000)).toContain("its answer has more than 33554432 bytes");
  server?.close();
  expect(await ask(await serve({ chunk: Buffer.from(" "), pauseMs: 20 }), 1_000)).toContain("did not end in 1 s");
});

test("of GitHub", async () => {
  const url = await serve({ headers: { "content-type": "application/json" } });
  const api = { url, repository: "o/r", token: "t" };
  expect(await failure(upsertComment(api, 7, { marker: "m", body: "m b" }, { pausesMs: [] }))).toContain(
    "more than 67108864 bytes",
  );
});

test("of a store that says how long, for what is small: nothing of it is read", async () => {
  const endpoint = await serve({
    headers: { "content-length": String(2 ** 40), etag: '"e"', "last-modified": "Tue, 10 Nov 2026 04:12:44 GMT" },
  });
  writeFileSync(join(folder, "credentials"), "[p]\naws_access_key_id = i\naws_secret_access_key = s\n");
  const credentials = { file: "credentials", profile: "p" };
  const store = openStore({ bucket: "b", region: "us-east-1", endpoint, credentials }, folder);
  expect(await failure(store.getJson("builds/x.json"))).toContain("has 1099511627776 bytes, too many");
  expect(await failure(store.getVersion("leases/x"))).toContain("has 1099511627776 bytes, too many");
  expect(server?.sentBytes).toBeLessThan(64 * MIB);
});

test("of a disk that is longer than the store said", async () => {
  const url = await serve({ status: 206, headers: { etag: '"1"' } });
  const read = async (): Promise<void> => {
    const bytes = download(url, { sizeBytes: MIB, version: '"1"' }, never);
    for await (const chunk of bytes) expect(chunk.length).toBeLessThanOrEqual(MIB);
  };
  expect(await failure(read())).toContain("has more bytes than it said");
});

test("a disk that is packed small and is terabytes: no more than its size is written", async () => {
  // A few kilobytes, packed.
  const { stdout } = await run("sh", ["-c", "head -c 16M /dev/zero | zstd -q -1 -c | base64 -w0"]);
  const frame = Buffer.from(stdout, "base64");
  async function* bomb(): AsyncGenerator<Buffer> {
    for (;;) yield await Promise.resolve(frame);
  }
  const disk = unzstd(Readable.from(bomb(), { objectMode: false }), "the bomb", never);
  const conversion = { disk, sizeBytes: 100 * MIB, sha256: "0".repeat(64), folder, run, stop: never };
  const converted = convert({ ...conversion, status: () => undefined });
  expect(await failure(converted)).toContain("the disk in the store has more than 104857600 bytes");
});

test("so it is on its way into a snapshot, though zeros are not sent", async () => {
  const { stdout } = await run("sh", ["-c", "head -c 16M /dev/zero | zstd -q -1 -c | base64 -w0"]);
  const frame = Buffer.from(stdout, "base64");
  const url = await serve({
    status: 206,
    headers: { etag: '"1"', "content-range": `bytes 0-0/${frame.length * 1_000_000}` },
    chunk: frame,
  });
  const source = await openUrl({ url, compression: "zstd" }, never, 1 / 32);
  const slots = new Slots(4);
  const fed = source.feed(slots, [{ data: () => undefined, zeros: () => undefined, end: () => undefined }], never);
  expect(await failure(fed)).toMatch(/^Error: the disk at http:.* is more than the 0.03125 GiB of its volume$/);
});

test("of a command", async () => {
  expect(await failure(run("yes", []))).toContain('"yes" wrote more than 67108864 bytes, and was ended');
  const said = await run("sh", ["-c", "head -c 5000000 /dev/zero | tr '\\0' e >&2; echo reason >&2; exit 1"]);
  expect(said.stderr).toMatch(/^\[cut: the first 3951431 bytes are left out\]\ne+reason\n$/);
  const lines: string[] = [];
  await run("sh", ["-c", "head -c 5000000 /dev/zero | tr '\\0' l; echo; echo next"], {
    onStdout: (l) => lines.push(l),
  });
  expect(lines.map(({ length }) => length)).toEqual([MIB, 4]);
});

test("of a build: its lines are seen, and little of it is kept", async () => {
  let lines = 0;
  const options = { timeoutMs: 60_000, onLine: () => (lines += 1) };
  const log = "yes $(printf %0300d 0) | head -n 60000; exit 3";
  const { code, stdout, tail } = await runCommand("sh", ["-c", log], options);
  expect([code, lines, tail.length]).toEqual([3, 60_000, 30]);
  expect(stdout.length).toBeLessThanOrEqual(16 * MIB);
});

test("of an agent: no line without an end, and no questions without one", async () => {
  const servers = new Servers();
  try {
    const long = `${"x".repeat(200_000)}\nnext\n`;
    const endpoint = hopTo(await servers.machine((command) => (command === "long" ? long : "want\n".repeat(10_000))));
    const lines: string[] = [];
    const onLine = (line: string) => Promise.resolve(void lines.push(line));
    await runOverSsh({ endpoint, command: "long", onLine, stop: never });
    expect(lines.map(({ length }) => length)).toEqual([64 * 1024, 4]);
    const busy = { endpoint, command: "ask", onLine: () => new Promise<undefined>(() => undefined) };
    expect(await failure(runOverSsh({ ...busy, stop: never }))).toContain("asks for more than anybody can answer");
  } finally {
    servers.close();
  }
});

test("of a credential helper", async () => {
  writeFileSync(join(folder, "docker-credential-endless"), "#!/bin/sh\nexec yes\n");
  chmodSync(join(folder, "docker-credential-endless"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
  const asked = askHelper({ helper: "endless", registry: "quay.io", file: "auth.json" });
  expect(await failure(asked)).toContain("can't be run: it printed more than 1048576 bytes");
});
