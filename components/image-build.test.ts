import { expect, it } from "vitest";
import { commitRecord } from "../contract/testing/commit-record";
import { diskFactsSchema } from "../model/plan/ledger";
import { CONTINUES, diskFacts } from "./image-build";

it("the next run can read what the outputs keep of a disk, whatever its record says of it", () => {
  const objects = { "raw.zst": "disks/a.raw.zst", "packages.json": "packages/a.json" };
  const data = { stretches: [[0, 1]], sha256: "b".repeat(64) };
  const record = commitRecord(
    { key: "a".repeat(64), arch: "x86_64", objects },
    {
      disk: { sizeBytes: 2 ** 21, dataBytes: 2 ** 20, sha256: "d".repeat(64), data },
      firstBoot: { by: "kvm", seconds: 9 },
      snapshots: { "us-east-1": "snap-1" },
      bodies: {},
      more: "of a version to come",
    },
  );
  const facts = diskFacts(record, 60, "abcdefgh2345");
  expect(diskFactsSchema.parse(facts)).toEqual(facts);
});

it("another attempt goes on with a build that was lost sight of, and begins with another machine where one let nobody in", () => {
  expect(CONTINUES).toContain("command:remote:Command");
  expect(CONTINUES).toContain("builders:index:SshKey");
  expect(CONTINUES).not.toContain("builders:index:SshReady");
});
