/** For tests: the commit record that a worker with a slow clock writes. */
import type { CommitRecord } from "../commit-record";
import type { ExpectedBuild } from "../schemas/commit-record";

/** Ten days before `WRITTEN`, when a store has it from. */
const SLOW_CLOCK = "2026-11-16T03:00:00.000Z";

export function commitRecord(
  { key, arch, objects }: Pick<ExpectedBuild, "key" | "arch" | "objects">,
  change: object = {},
): CommitRecord {
  return {
    version: 1,
    key,
    arch,
    disk: { sizeBytes: 1024, dataBytes: 512, sha256: "d".repeat(64) },
    objects: Object.fromEntries(Object.entries(objects).map(([format, object]) => [format, { object, sizeBytes: 3 }])),
    worker: { platform: "libvirt", type: "2 vCPU, 3072 MiB" },
    imageDigest: `sha256:${"e".repeat(64)}`,
    builtAt: SLOW_CLOCK,
    seconds: { prepare: 1, build: 2, disk: 3.5, upload: 4, commit: 0 },
    ...change,
  };
}
