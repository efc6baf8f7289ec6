/** What goes on at once while a disk is uploaded: nothing waits for what it does not need. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { AgentSpec } from "../../contract/agent-spec";
import { makeSpec, presigned } from "../../contract/testing/agent-spec";
import { EbsService } from "../../ebs/testing/service";
import type { Job } from "../job/job";
import { fakeMachine, makeJob, type FakeCommand } from "../testing/fixtures";
import { upload } from "./upload";

// Blocks are summed in threads, which take their time to start on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

const DISK = randomBytes(1024 * 1024);
const OBJECT = "disks/local/x.raw.zst";
const archive = { format: "raw.zst", object: OBJECT, url: presigned("http://127.0.0.1:9", OBJECT) } as const;

/** A job with a disk, on a machine that only says that it has sent something. */
async function makeDisk(
  uploads: AgentSpec["uploads"],
  onPut: (job: Job, url: string) => void | Promise<void>,
  commands: Readonly<Record<string, FakeCommand>> = {},
) {
  const sums: FakeCommand = () => ({ stdout: `${"0".repeat(32)}  x\n` });
  const zstd: FakeCommand = async (args) => {
    await writeFile(args.at(-1) ?? "", "packed");
    return {};
  };
  const machine = await fakeMachine({ md5sum: sums, sha512sum: sums, zstd, ...commands });
  const put = async ({ url }: { readonly url: string }) => {
    await onPut(job, url);
    return { status: 200, text: "" };
  };
  const job = await makeJob({ ...machine, put }, makeSpec({ uploads }));
  await mkdir(job.work, { recursive: true });
  const path = join(job.work, "disk.raw");
  await writeFile(path, DISK);
  const raw = { path, sizeBytes: DISK.length, builtAt: "2026-11-28T03:00:00Z" };
  return { job, run: () => upload(job, raw) };
}

test("a body is on its way while its sums are being made", async () => {
  let sent = (): void => undefined;
  const body = new Promise<void>((resolve) => (sent = resolve));
  const put = { format: "put", name: "cloud", encoding: "raw", receiver: "image-1" } as const;
  const { job, run } = await makeDisk(
    [archive, put],
    (_, url) => {
      if (url.endsWith("/body")) sent();
    },
    {
      sha512sum: async () => {
        await body;
        return { stdout: `${"1".repeat(128)}  x\n` };
      },
    },
  );
  const grant = { id: "1", urls: ["http://127.0.0.1:9/body"], headers: {} };
  await writeFile(join(job.folder.path, "grant-cloud.json"), JSON.stringify(grant));
  const { bodies } = await run();
  expect(bodies?.["cloud"]).toMatchObject({ receiver: "image-1", sizeBytes: DISK.length, sha512: "1".repeat(128) });
});

test("the compressed disk goes into the store while blocks wait for their credentials", async () => {
  const service = await EbsService.start();
  const blocks = { format: "blocks", region: "us-east-1", snapshotId: "snap-0a1b", volumeGib: 1 } as const;
  const credentials = JSON.stringify({ accessKeyId: "ASIA1", secretAccessKey: "secret" });
  const { run } = await makeDisk([archive, { ...blocks, endpoint: service.url }], (job) =>
    writeFile(join(job.folder.path, "credentials.json"), credentials),
  );
  const { objects, snapshots } = await run();
  expect(objects["raw.zst"]).toEqual({ object: OBJECT, sizeBytes: "packed".length });
  expect(snapshots?.["us-east-1"]).toMatchObject({ snapshotId: "snap-0a1b", changedBlocks: 2 });
  expect(service.volume(DISK.length).equals(DISK)).toBe(true);
});
