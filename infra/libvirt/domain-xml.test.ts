import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ARCHITECTURES, type Arch } from "../words";
import { domainXslt, type DomainXmlArgs } from "./domain-xml";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "domain-xml-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const MACHINES: Readonly<Record<Arch, string>> = {
  x86_64: "pc-i440fx-7.2",
  aarch64: "virt-7.2",
  ppc64le: "pseries-7.2",
  s390x: "s390-ccw-virtio-7.2",
};

/** What the libvirt provider 0.8.3 makes of a guest of ours (its domain_def.go), one thing a line. */
function provided({ arch, type }: Pick<DomainXmlArgs, "arch" | "type">): string {
  const features = arch === "s390x" ? "" : "<features><pae/><acpi/><apic/></features>";
  return `<domain type="${type}">
<name>w</name>
<memory unit="MiB">2048</memory>
<vcpu>2</vcpu>
<os${arch === "aarch64" ? ' firmware="efi"' : ""}><type arch="${arch}" machine="${MACHINES[arch]}">hvm</type></os>
${features}
<cpu/>
<devices>
<disk type="volume" device="disk"><driver name="qemu" type="qcow2"/><source pool="p" volume="w"/><target dev="vda" bus="virtio"/></disk>
<disk type="volume" device="disk"><driver name="qemu" type="qcow2"/><source pool="p" volume="s"/><target dev="vdb" bus="virtio"/></disk>
<disk type="file" device="cdrom"><driver name="qemu" type="raw"/><source file="/seed.iso"/><target dev="hdd" bus="ide"/><serial>cloudinit</serial></disk>
<console type="pty"><target type="serial" port="0"/></console>
<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>
<graphics type="spice" autoport="yes"/>
<video><model type="cirrus"/></video>
<rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
</devices>
</domain>`;
}

/** What the provider does with it: xsltproc over the domain's XML. */
function transform(args: Partial<DomainXmlArgs>): string {
  const whole: DomainXmlArgs = { arch: "x86_64", type: "qemu", serials: [], ...args };
  writeFileSync(path.join(folder, "x.xsl"), domainXslt(whole));
  writeFileSync(path.join(folder, "x.xml"), provided(whole));
  return execFileSync("xsltproc", [path.join(folder, "x.xsl"), path.join(folder, "x.xml")], { encoding: "utf8" });
}

/** By libvirt's own schema; throws with what it says. */
function validate(xml: string): void {
  const file = path.join(folder, "domain.xml");
  writeFileSync(file, xml);
  execFileSync("virt-xml-validate", [file, "domain"], { stdio: "pipe" });
}

const cpuOf = (xml: string): string | undefined => /<cpu[^]*?(?:<\/cpu>|\/>)/.exec(xml)?.[0];
const busOfCd = (xml: string): string | undefined => /device="cdrom"[^]*?<target dev="\w+" bus="(\w+)"/.exec(xml)?.[1];
const deviceOf = (xml: string): string | undefined => /value="(virtio-net[^"]*)"/.exec(xml)?.[1];

describe("domainXslt", () => {
  it("names the scratch disk and leaves the others alone", () => {
    const xml = transform({ serials: [{ device: "vdb", serial: "scratch" }] });
    expect(xml.match(/<serial>scratch/g)).toHaveLength(1);
    expect(xml).toMatch(/<target dev="vdb" bus="virtio"\/><serial>scratch<\/serial>/);
    expect(xml).toMatch(/<domain [^>]*type="qemu"/);
    expect(xml).toContain('<driver name="qemu" type="qcow2" cache="unsafe"/>');
    expect(xml).not.toContain("commandline");
    expect(xml).not.toMatch(/graphics|video/);
  });

  it("forwards one loopback port to the guest's ssh", () => {
    const xml = transform({ sshPort: 20022 });
    expect(xml).toContain('value="user,id=user0,hostfwd=tcp:127.0.0.1:20022-:22"');
    expect(xml).toContain('xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"');
  });

  it.each(ARCHITECTURES.flatMap((arch) => [{ arch, type: "qemu" } as const, { arch, type: "kvm" } as const]))(
    "makes what libvirt takes for %j",
    (guest) => {
      const xml = transform({ ...guest, sshPort: 20022, serials: [{ device: "vdb", serial: "scratch" }] });
      expect(() => validate(xml)).not.toThrow();
      if (guest.type === "kvm") expect(cpuOf(xml)).toBe('<cpu mode="host-passthrough"/>');
    },
  );

  it("leaves an emulated x86_64 as the provider has it", () => {
    const xml = transform({ sshPort: 20022 });
    expect([cpuOf(xml), busOfCd(xml), deviceOf(xml)]).toEqual([
      "<cpu/>",
      "ide",
      "virtio-net-pci,addr=0x10,netdev=user0",
    ]);
    expect(xml).not.toMatch(/firmware|virtio-scsi/);
  });

  it("gives aarch64 a 64-bit processor and UEFI without secure boot, which knows no boot loader of ours", () => {
    const xml = transform({ arch: "aarch64", sshPort: 20022 });
    expect(cpuOf(xml)).toContain('<model fallback="forbid">neoverse-n1</model>');
    expect(xml).toMatch(
      /<os firmware="efi">\s*<type arch="aarch64"[^]*<firmware><feature enabled="no" name="secure-boot"\/><\/firmware>\s*<\/os>/,
    );
    expect(busOfCd(xml)).toBe("scsi");
  });

  it("gives ppc64le the processor that it names, and the CD on virtio", () => {
    const xml = transform({ arch: "ppc64le", sshPort: 20022 });
    expect(cpuOf(xml)).toContain('<model fallback="forbid">POWER9</model>');
    expect(busOfCd(xml)).toBe("scsi");
    expect(xml).toContain('<controller type="scsi" model="virtio-scsi"/>');
    expect(deviceOf(xml)).toBe("virtio-net-pci,addr=0x10,netdev=user0");
  });

  it("gives s390x devices on its own bus, the network's where libvirt puts none", () => {
    const xml = transform({ arch: "s390x", sshPort: 20022 });
    expect(cpuOf(xml)).toBe('<cpu mode="maximum"/>');
    expect(busOfCd(xml)).toBe("scsi");
    expect(deviceOf(xml)).toBe("virtio-net-ccw,devno=fe.0.1000,netdev=user0");
    expect(xml).not.toContain("pci");
  });
});
