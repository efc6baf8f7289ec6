import type { Job } from "../job/job";
import { sendJson } from "./send";
import type { CommitRecord } from "../../contract/commit-record";

/** What the store has, and all that the record says of it. */
export type Uploaded = Pick<
  CommitRecord,
  "disk" | "objects" | "snapshots" | "bodies" | "notSent" | "firstBoot" | "imageDigest" | "builtAt" | "seconds"
>;

/** Writes the commit record, the last object of all: who finds it finds the rest. */
export async function commit(job: Job, uploaded: Uploaded): Promise<CommitRecord> {
  const { key, arch, worker, record: place } = job.spec;
  // All from the mark of the upload: written a second time, the record is the same.
  const { disk, objects, snapshots, bodies, notSent, firstBoot, imageDigest, builtAt, seconds } = uploaded;
  const stored = {
    objects,
    ...(snapshots !== undefined && { snapshots }),
    ...(bodies && { bodies }),
    ...(notSent && { notSent }),
    ...(firstBoot && { firstBoot }),
  };
  const record: CommitRecord = { version: 1, key, arch, disk, ...stored, worker, imageDigest, builtAt, seconds };
  await sendJson(job, "commit-record.json", `${JSON.stringify(record, undefined, 2)}\n`, {
    object: place.object,
    url: async () => (await job.folder.spec()).record.url,
    onStart: (pid) => job.noteChild(pid),
  });
  return record;
}
