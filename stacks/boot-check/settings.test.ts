import { expect, test } from "vitest";
import { parseJob } from "./settings";

const job = {
  key: "a".repeat(64),
  arch: "x86_64",
  imageId: "copr-builder-x86_64-g1-aaaaaaaa",
  place: {
    platform: "libvirt",
    host: "vmhost-01",
    arch: "x86_64",
    uri: "qemu:///system",
    pool: "images",
    boot: { vcpus: 1, memoryMib: 2048, network: { mode: "user" } },
  },
  lifetimeMinutes: 25,
  boots: 3,
  checks: ["true"],
  stack: "devel",
  identity: "abcdefgh2345",
};

test("a job is taken as it is", () => {
  expect(parseJob(job)).toEqual(job);
});

test("what is wrong with one is said with its path, all of it", () => {
  const { place, ...rest } = job;
  const wrong = { ...rest, key: "short", boots: 0, identity: "devel", place: { ...place, pool: 7 } };
  expect(() => parseJob(wrong)).toThrow(
    /^the setting "job" of the boot check can't be read:\n {2}key: .*\n {2}place.pool: .*\n {2}boots: .*\n {2}identity: /,
  );
  expect(() => parseJob("text")).toThrow("can't be read");
});
