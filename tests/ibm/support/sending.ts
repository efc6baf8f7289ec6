/** A build whose worker sends its disk to Cloud Object Storage: the real agent, curl, qemu-img and a real S3 server. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { Place, writings } from "../../../agent/testing/place";
import type { CommitRecord } from "../../../contract/commit-record";
import { presigned } from "../../../contract/testing/agent-spec";
import { type Buckets, bucketsOf } from "../../../infra/ibm/provider/buckets";
import { diskObject } from "../../../infra/ibm/provider/cos";
import { ibmDiskGrantHandler } from "../../../infra/ibm/provider/disk-grant/handler";
import { ibmDiskObjectHandler } from "../../../infra/ibm/provider/disk-object/handler";
import { ibmDiskUploadHandler } from "../../../infra/ibm/provider/disk-upload/handler";
import { decode } from "../../../provider/codec";
import { fakeCall } from "../../../provider/fake-store";
import type { RunOverSsh } from "../../../provider/feed/ssh";
import { openStore } from "../../../provider/object-store";
import type { OpenBucket } from "../../../provider/object-store-parts";
import type { run } from "../../../provider/process";
import { realWait as wait } from "../../../provider/wait";
import { startS3, type S3 } from "./s3";

export const IDENTITY = "abcdefgh2345";
export const COS = { location: "jp-tok", bucket: "images" };
export const NAME = "cos-test";
const MIB = 2 ** 20;
export const PART = 5 * MIB;

export let s3: S3;
export let open: Buckets;
let number = 0;

/** For the tests of one file. */
export function withBucket(): void {
  beforeAll(async () => {
    s3 = await startS3(COS.location, "store", "images");
    open = bucketsOf(s3.environment);
  });
  afterAll(() => s3.stop());
}

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");
export const call = (type: string) => fakeCall(`urn:pulumi:s::p::builders:index:${type}::d`);
export const converts = () => Promise.reject(new Error("nothing is converted here"));

/** What becomes of a request: an answer instead of the server's, a broken connection before it, or one that loses its answer. */
type Fault = (asked: IncomingMessage) => number | "cut" | "lost" | undefined;

/** A way to the server that has faults. */
export async function way(fault: Fault): Promise<string> {
  const proxy = createServer((asked, answer) => {
    const what = fault(asked);
    if (what === "cut") {
      asked.socket.resetAndDestroy();
      return;
    }
    if (typeof what === "number") {
      asked.resume().on("end", () => answer.writeHead(what).end());
      return;
    }
    const onward = request(s3.endpoint, { method: asked.method, path: asked.url, headers: asked.headers }, (from) => {
      if (what === "lost") from.resume().on("end", () => answer.socket?.destroy());
      else from.pipe(answer.writeHead(from.statusCode ?? 502, from.headers));
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

export const partOf = ({ url = "" }: IncomingMessage): number =>
  Number(new URL(url, "http://s3").searchParams.get("partNumber"));

/** The command that ssh would run on the worker, on this machine. */
function here(place: Place): { readonly runOverSsh: RunOverSsh; readonly wants: string[] } {
  const wants: string[] = [];
  const runOverSsh: RunOverSsh = ({ command, onLine }) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, AGENT_TEST_ROOT: place.root };
      const child = spawn("sh", ["-c", command], { env, stdio: ["pipe", "pipe", "pipe"] });
      let stderr = "";
      // Of one that has ended what it is told is nothing.
      child.stdin.on("error", () => undefined);
      child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith("want")) wants.push(line);
        onLine(line).then((answer) => {
          if (answer !== undefined) child.stdin.write(`${answer}\n`);
        }, reject);
      });
      child.on("close", (code) => resolve({ code: code ?? undefined, stderr }));
      onTestFinished(() => void child.kill("SIGKILL"));
    });
  return { runOverSsh, wants };
}

/** A build: its upload begun, its worker ready to start. @param fault on the worker's way to the bucket */
export async function build(fault?: Fault) {
  number += 1;
  const key = sha256(`build ${number}`);
  const object = diskObject(IDENTITY, key);
  const recordObject = `builds/${key}.json`;
  const record = { store: s3.store, object: recordObject };
  const uploads = ibmDiskUploadHandler({ open, openStore });
  const wanted = decode({ ...COS, object, key, machine: "m-1", identity: IDENTITY, record });
  const begunBy = call("IbmDiskUpload");
  const upload = await uploads.create(wanted, begunBy);
  const place = await Place.make();
  const podman = readFileSync(place.path("bin/podman"), "utf8").replace("head -c 3000000", "head -c 12000000");
  writeFileSync(place.path("bin/podman"), podman);
  const archive = "disks/local/x.raw.zst";
  const put = { format: "put", name: NAME, encoding: "qcow2", receiver: upload.id, partBytes: PART } as const;
  await place.writeSpec({
    uploads: [{ format: "raw.zst", object: archive, url: presigned(place.store.url, archive) }, put],
  });
  const { runOverSsh, wants } = here(place);
  const endpoint = fault === undefined ? {} : { endpoint: await way(fault) };
  const feed = (opened = open, made = call("IbmDiskGrant")) =>
    ibmDiskGrantHandler({ open: opened, runOverSsh, wait }).create(
      decode({
        connection: { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "h" },
        ...{ program: place.path("agent.js"), folder: place.folder, machine: "m-1", upload: NAME },
        ...{ ...COS, object, uploadId: upload.id, ...endpoint },
      }),
      made,
    );
  /** The worker does its work, and goes. */
  const work = async (fed = feed()): Promise<CommitRecord> => {
    await place.start();
    expect((await place.follow()).code).toBe(0);
    await fed;
    const committed = place.record();
    const at = join(s3.folder, "store", recordObject);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, JSON.stringify(committed));
    await uploads.delete(upload.id, decode(upload.outs), call("IbmDiskUpload"));
    return committed;
  };
  const file = join(s3.folder, "images", object);
  return { key, object, place, upload, uploads, wanted, begunBy, work, feed, wants, file, cache: place.path("cache") };
}
type Build = Awaited<ReturnType<typeof build>>;

/** As the program asks for the object of a record. */
export function asked({ key, object, place }: Build, { disk, bodies, objects }: CommitRecord) {
  const { receiver: uploadId, sizeBytes, sha256: ofFile, parts } = bodies?.[NAME] ?? {};
  const archive = objects["raw.zst"]?.object ?? "";
  const stored = join(s3.folder, "store", archive);
  mkdirSync(dirname(stored), { recursive: true });
  writeFileSync(stored, place.store.objects.get(`builders/${archive}`) ?? "");
  return {
    ...{ ...COS, object, key, identity: IDENTITY, source: { store: s3.store, object: archive } },
    ...{ sha256: disk.sha256, sizeBytes: disk.sizeBytes },
    ...(uploadId === undefined ? {} : { sent: { uploadId, sizeBytes, sha256: ofFile, parts } }),
  };
}

export const objects = ({ cache }: Build, how: typeof run = converts, opened = open) =>
  ibmDiskObjectHandler({ run: how, openStore, cache, open: opened });

/** The bucket with other answers. */
export const opening =
  (change: (bucket: OpenBucket) => Partial<OpenBucket>): Buckets =>
  (...of) => {
    const bucket = open(...of);
    return { ...bucket, ...change(bucket) };
  };

/** The object is the disk that the agent has committed, and nothing else is left of it. */
export async function expectDisk({ file, object, place }: Build, { disk }: CommitRecord, outs: object): Promise<void> {
  const bytes = readFileSync(file);
  expect(outs).toMatchObject({ fileSha256: sha256(bytes), fileBytes: bytes.length });
  const back = join(mkdtempSync(join(tmpdir(), "back-")), "raw");
  execFileSync("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, back]);
  expect(sha256(readFileSync(back))).toBe(disk.sha256);
  expect((await open(COS).head(object))?.marks).toMatchObject({ "copr-builders-owner": IDENTITY });
  expect(await open(COS).uploads(object)).toEqual([]);
  expect(await writings(place)).not.toMatch(/X-Amz-Signature=[0-9a-f]|secret/);
}
