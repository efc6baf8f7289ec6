/**
 * The few things that the libvirt provider's Domain has no argument for, as the XSLT that it runs over its XML:
 * a serial number on each disk, so that the guest finds it by name, user-mode networking with one forwarded port, no
 * screen, which nobody looks at and which opens a port, and no waiting for the disk: nobody needs these after a crash.
 */

/** Above the slots that libvirt gives to its own devices: it does not know of this one. */
const PCI_SLOT = "addr=0x10";

/** Disks get `/dev/disk/by-id/virtio-SERIAL`: device letters are the kernel's to choose. */
export interface DiskSerial {
  /** Device in the domain's XML, e.g. `vdb`. */
  readonly device: string;
  readonly serial: string;
}

export interface DomainXmlArgs {
  readonly serials: readonly DiskSerial[];
  /** Loopback port of the hypervisor that reaches the guest's port 22; absent if the guest has a network of its own. */
  readonly sshPort?: number;
  /** qemu's network device: virtio over the bus that the architecture has. */
  readonly networkDevice: "virtio-net-pci" | "virtio-net-ccw";
}

/** Text as it stands in an element or in an attribute. */
function xml(text: string): string {
  return text.replace(/[&<>"'{}\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function domainXslt(args: DomainXmlArgs): string {
  const serials = args.serials.map(
    ({ device, serial }) => `
  <xsl:template match="disk[target/@dev='${xml(device)}']">
    <xsl:copy><xsl:apply-templates select="@*|node()"/><serial>${xml(serial)}</serial></xsl:copy>
  </xsl:template>`,
  );
  const device = args.networkDevice === "virtio-net-pci" ? `virtio-net-pci,${PCI_SLOT}` : args.networkDevice;
  const commandLine =
    args.sshPort === undefined
      ? ""
      : `
      <qemu:commandline>
        <qemu:arg value="-netdev"/>
        <qemu:arg value="user,id=user0,hostfwd=tcp:127.0.0.1:${args.sshPort}-:22"/>
        <qemu:arg value="-device"/>
        <qemu:arg value="${device},netdev=user0"/>
      </qemu:commandline>`;
  return `<?xml version="1.0"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <xsl:output omit-xml-declaration="yes"/>
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="devices/graphics|devices/video"/>
  <xsl:template match="disk[@device='disk']/driver">
    <xsl:copy><xsl:apply-templates select="@*"/><xsl:attribute name="cache">unsafe</xsl:attribute></xsl:copy>
  </xsl:template>${serials.join("")}
  <xsl:template match="/domain">
    <domain>
      <xsl:apply-templates select="@*|node()"/>${commandLine}
    </domain>
  </xsl:template>
</xsl:stylesheet>
`;
}
