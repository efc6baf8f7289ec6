import { expect, it } from "vitest";
import { samePlaces, type NamedPlace } from "./same-place";

const at = (path: string, identity: string, arch: NamedPlace["arch"] = "x86_64"): NamedPlace => ({
  path,
  identity,
  arch,
});

it("names each place that is one from before, by its path", () => {
  const found = samePlaces([
    at("targets.a.hosts[0]", "libvirt-1"),
    at("targets.a.hosts[1]", "libvirt-2"),
    // One hypervisor may take images of two architectures.
    at("targets.a.hosts[2]", "libvirt-1", "aarch64"),
    at("targets.b.hosts[0]", "libvirt-1"),
    at("targets.b.hosts[1]", "libvirt-1"),
  ]);
  expect(found.map(({ path, problem }) => `${path} ${problem}`)).toEqual([
    "targets.b.hosts[0] is the same place as targets.a.hosts[0] under another name (libvirt-1)",
    "targets.b.hosts[1] is the same place as targets.a.hosts[0] under another name (libvirt-1)",
  ]);
});
