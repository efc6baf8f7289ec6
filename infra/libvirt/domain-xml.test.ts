import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { domainXslt, type DomainXmlArgs } from "./domain-xml";

const DOMAIN = `<domain type="qemu"><name>w</name><devices>
<disk type="volume" device="disk"><driver name="qemu" type="qcow2"/><target dev="vda" bus="virtio"/></disk><disk type="volume"><target dev="vdb" bus="virtio"/></disk>
<graphics type="spice"/><video><model type="cirrus"/></video></devices></domain>`;

/** What the libvirt provider does with it: xsltproc over the domain's XML. */
function transform(args: DomainXmlArgs): string {
  const folder = mkdtempSync(path.join(tmpdir(), "domain-xml-"));
  try {
    writeFileSync(path.join(folder, "x.xsl"), domainXslt(args));
    writeFileSync(path.join(folder, "x.xml"), DOMAIN);
    return execFileSync("xsltproc", [path.join(folder, "x.xsl"), path.join(folder, "x.xml")], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("domainXslt", () => {
  it("names the scratch disk and leaves the others alone", () => {
    const xml = transform({ serials: [{ device: "vdb", serial: "scratch" }], networkDevice: "virtio-net-pci" });
    expect(xml.match(/<serial>/g)).toHaveLength(1);
    expect(xml).toMatch(/<target dev="vdb" bus="virtio"\/><serial>scratch<\/serial>/);
    expect(xml).toMatch(/<domain [^>]*type="qemu"/);
    expect(xml).toContain('<driver name="qemu" type="qcow2" cache="unsafe"/>');
    expect(xml).not.toContain("commandline");
    expect(xml).not.toMatch(/graphics|video/);
  });

  it("forwards one loopback port to the guest's ssh, on the bus that the architecture has", () => {
    const xml = transform({ serials: [], sshPort: 20022, networkDevice: "virtio-net-ccw" });
    expect(xml).toContain('value="user,id=user0,hostfwd=tcp:127.0.0.1:20022-:22"');
    expect(xml).toContain('value="virtio-net-ccw,netdev=user0"');
    expect(xml).toContain('xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"');
  });
});
