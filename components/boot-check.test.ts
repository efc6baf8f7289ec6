import { describe, expect, it } from "vitest";
import type { PlaceSpec } from "../infra/specs";
import { checkKey, formerCheckKey } from "./boot-check";

const hypervisor: PlaceSpec = {
  platform: "libvirt",
  host: "vmhost-01",
  arch: "x86_64",
  uri: "qemu:///system",
  pool: "images",
  boot: { vcpus: 1, memoryMib: 2048, network: { mode: "user" } },
};
const region: PlaceSpec = {
  platform: "aws",
  region: "us-east-1",
  volumeGib: 10,
  accounts: [],
  public: false,
  tags: {},
  uploadRole: "arn:aws:iam::123456789012:role/upload",
  boot: {
    instanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
    subnets: ["subnet-0a"],
    operatorCidr: "203.0.113.7/32",
  },
};
const checked = { key: "k", arch: "x86_64", imageId: "one", place: hypervisor, boots: 3, checks: ["true"] } as const;
const inRegion = { ...checked, place: region };

describe("the key of a boot check", () => {
  it.each([
    ["another image", { ...checked, imageId: "other" }],
    ["another build", { ...checked, key: "l" }],
    ["more boots", { ...checked, boots: 4 }],
    ["another check", { ...checked, checks: ["false"] }],
  ])("is another for %s", (_what, other) => {
    expect(checkKey(other)).not.toBe(checkKey(checked));
  });

  it("is another for another instance type or region", () => {
    const types = { x86_64: "m7i.large", aarch64: "c7g.large" };
    const onOther = { ...region, boot: { ...region.boot, instanceTypes: types } };
    expect(checkKey({ ...inRegion, place: onOther })).not.toBe(checkKey(inRegion));
    expect(checkKey({ ...inRegion, place: { ...region, region: "eu-west-1" } })).not.toBe(checkKey(inRegion));
    // The type of another architecture is not what this one was booted on.
    expect(checkKey({ ...inRegion, arch: "aarch64", place: onOther })).toBe(checkKey({ ...inRegion, arch: "aarch64" }));
  });

  it("is the same whatever the place is called, who is let in, and who pays", () => {
    const uri = "qemu+ssh://root@localhost/system";
    const renamed = { ...hypervisor, host: "vmhost-02", uri, boot: { ...hypervisor.boot, memoryMib: 4096 } };
    expect(checkKey({ ...checked, place: renamed })).toBe(checkKey(checked));
    const boot = { ...region.boot, operatorCidr: "198.51.100.1/32", subnets: ["subnet-0b"] };
    const paid = { ...region, output: "east", tags: { cost: "centre" }, boot };
    expect(checkKey({ ...inRegion, place: paid })).toBe(checkKey(inRegion));
  });

  it("was this in the version before", () => {
    // Computed by that version.
    expect(formerCheckKey(checked)).toBe("09a7acbe0425014ab0ccdb6c32c6026195b83ae3490d9f19b425deb559b548f9");
  });
});
