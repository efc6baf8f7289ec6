import { describe, expect, it } from "vitest";
import { domainType, domainTypes } from "./api";

const CAPABILITIES = `<capabilities>
  <guest><os_type>hvm</os_type><arch name='x86_64'><wordsize>64</wordsize>
    <domain type='qemu'/><domain type='kvm'/></arch></guest>
  <guest><os_type>hvm</os_type><arch name='aarch64'><wordsize>64</wordsize><domain type='qemu'/></arch></guest>
</capabilities>`;

describe("domainType", () => {
  it("reads each architecture's own types", () => {
    expect(domainTypes(CAPABILITIES, "x86_64")).toEqual(["qemu", "kvm"]);
    expect(domainTypes(CAPABILITIES, "aarch64")).toEqual(["qemu"]);
    expect(domainTypes(CAPABILITIES, "s390x")).toEqual([]);
  });

  it("takes the processor where it can, emulation where it must", async () => {
    const run = () => Promise.resolve(CAPABILITIES);
    await expect(domainType("qemu:///system", "x86_64", run)).resolves.toBe("kvm");
    await expect(domainType("qemu:///system", "aarch64", run)).resolves.toBe("qemu");
  });

  it("names the hypervisor and the architecture that it has no emulator for", async () => {
    await expect(domainType("qemu+ssh://vmhost/system", "s390x", () => Promise.resolve(CAPABILITIES))).rejects.toThrow(
      "qemu+ssh://vmhost/system has no emulator for s390x guests; install qemu-system for s390x on it",
    );
  });
});
