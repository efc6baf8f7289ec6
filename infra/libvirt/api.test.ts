import { describe, expect, it } from "vitest";
import { domainType, domainTypes, checkFirmware } from "./api";

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
      "qemu+ssh://vmhost/system has no emulator for s390x guests; install qemu-system-misc (Debian) or qemu-system-s390x (Fedora) on it",
    );
  });
});

describe("checkFirmware", () => {
  const asked: string[] = [];
  const answering = (xml: string) => (_: string, args: readonly string[]) => {
    asked.push(args.join(" "));
    return Promise.resolve(xml);
  };

  it("looks for UEFI where a guest needs it, of its machine type", async () => {
    const has = answering("<enum name='firmware'>\n<value>bios</value>\n<value>efi</value>\n</enum><loader/>");
    await checkFirmware("qemu:///system", "aarch64", "kvm", has);
    expect(asked.pop()).toContain("domcapabilities --arch aarch64 --machine virt --virttype kvm");
  });

  it.each(["<enum name='firmware'/><enum name='type'><value>efi</value></enum>", "<os supported='yes'/>"])(
    "says what to install where there is none: %s",
    async (xml) => {
      await expect(checkFirmware("qemu:///system", "aarch64", "qemu", answering(xml))).rejects.toThrow(
        "has no UEFI firmware for aarch64 guests; install qemu-system-arm qemu-efi-aarch64 (Debian)",
      );
    },
  );

  it("asks nothing where firmware comes with the emulator", async () => {
    asked.length = 0;
    await checkFirmware("qemu:///system", "s390x", "qemu", answering(""));
    expect(asked).toEqual([]);
  });
});
