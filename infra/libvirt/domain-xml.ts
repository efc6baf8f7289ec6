/**
 * The few things that the libvirt provider's Domain has no argument for, or writes for x86_64 alone, as the XSLT that it runs
 * over its XML: a serial number on each disk, so that the guest finds it by name, user-mode networking with one forwarded port, no
 * screen, which nobody looks at and which opens a port, no waiting for the disk: nobody needs these after a crash; and the
 * processor, firmware and CD of the architecture.
 */
import type { Arch } from "../words";
import type { DomainType } from "./api";
import { GUEST_ARCHITECTURES, type GuestArchitecture } from "./architectures";

/** Disks get `/dev/disk/by-id/virtio-SERIAL`: device letters are the kernel's to choose. */
export interface DiskSerial {
  /** Device in the domain's XML, e.g. `vdb`. */
  readonly device: string;
  readonly serial: string;
}

export interface DomainXmlArgs {
  readonly arch: Arch;
  readonly type: DomainType;
  readonly serials: readonly DiskSerial[];
  /** Loopback port of the hypervisor that reaches the guest's port 22; absent if the guest has a network of its own. */
  readonly sshPort?: number;
}

/** Text as it stands in an element or in an attribute. */
function xml(text: string): string {
  return text.replace(/[&<>"'{}\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function domainXslt({ arch, type, serials, sshPort }: DomainXmlArgs): string {
  const guest = GUEST_ARCHITECTURES[arch];
  const templates = [...serials.map(serialTemplate), cpu(guest, type), firmware(guest), cd(guest)];
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
  </xsl:template>${templates.join("")}
  <xsl:template match="/domain">
    <domain>
      <xsl:apply-templates select="@*|node()"/>${commandLine(guest, sshPort)}
    </domain>
  </xsl:template>
</xsl:stylesheet>
`;
}

function serialTemplate({ device, serial }: DiskSerial): string {
  return `
  <xsl:template match="disk[target/@dev='${xml(device)}']">
    <xsl:copy><xsl:apply-templates select="@*|node()"/><serial>${xml(serial)}</serial></xsl:copy>
  </xsl:template>`;
}

/** Under KVM all that the host's processor can: what libvirt would take is a model of 2006, which newer systems don't start on. */
function cpu({ emulatedCpu }: GuestArchitecture, type: DomainType): string {
  const text = type === "kvm" ? '<cpu mode="host-passthrough"/>' : emulatedCpu;
  return text === undefined ? "" : `\n  <xsl:template match="/domain/cpu">${text}</xsl:template>`;
}

/** Without secure boot: libvirt's choice may be the firmware with it, which knows no boot loader but Microsoft's. */
function firmware({ uefiOf }: GuestArchitecture): string {
  return uefiOf === undefined
    ? ""
    : `
  <xsl:template match="/domain/os">
    <os firmware="efi">
      <xsl:apply-templates select="node()"/>
      <firmware><feature enabled="no" name="secure-boot"/></firmware>
    </os>
  </xsl:template>`;
}

/** With its controller: libvirt's own choice for POWER is not virtio, the only one that images for clouds surely have. */
function cd({ cdBus }: GuestArchitecture): string {
  return cdBus === "ide"
    ? ""
    : `
  <xsl:template match="disk[@device='cdrom']/target"><target dev="sda" bus="${cdBus}"/></xsl:template>
  <xsl:template match="/domain/devices">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <controller type="scsi" model="virtio-scsi"/>
    </xsl:copy>
  </xsl:template>`;
}

function commandLine({ networkDevice }: GuestArchitecture, sshPort: number | undefined): string {
  return sshPort === undefined
    ? ""
    : `
      <qemu:commandline>
        <qemu:arg value="-netdev"/>
        <qemu:arg value="user,id=user0,hostfwd=tcp:127.0.0.1:${sshPort}-:22"/>
        <qemu:arg value="-device"/>
        <qemu:arg value="${networkDevice},netdev=user0"/>
      </qemu:commandline>`;
}
