import { createHash } from "node:crypto";
import type { Job } from "./job";
import { send } from "./send";
import type { CommitRecord } from "./spec";
import type { Uploaded } from "./upload";

/** Writes the commit record, the last object of all: who finds it finds the rest. */
export async function commit(job: Job, uploaded: Uploaded): Promise<CommitRecord> {
  const { key, arch, worker, record: place } = job.spec;
  // All from the mark of the upload: written a second time, the record is the same.
  const { disk, objects, snapshots, imageDigest, builtAt, seconds } = uploaded;
  const stored = { objects, ...(snapshots !== undefined && { snapshots }) };
  const record: CommitRecord = { version: 1, key, arch, disk, ...stored, worker, imageDigest, builtAt, seconds };
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  await send(job, {
    object: place.object,
    url: async () => (await job.folder.spec()).record.url,
    body: { text },
    bytes: Buffer.byteLength(text),
    md5: createHash("md5").update(text).digest("base64"),
    type: "application/json",
  });
  return record;
}
