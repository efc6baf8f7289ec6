/** What a guest of each architecture needs beyond what the libvirt provider writes, and what a hypervisor needs for it. */
import { QEMU_MACHINES } from "../../contract/qemu-machines";
import type { Arch } from "../words";

export interface GuestArchitecture {
  /**
   * qemu's network device on the bus that the architecture has, at an address that libvirt gives to no device of its own: it
   * doesn't know of this one, which is made before those.
   */
  readonly networkDevice: string;
  /** XML of the processor where it is emulated, if libvirt's own choice does not do. */
  readonly emulatedCpu?: string;
  /** The bus of the cloud-init disk, a CD: the provider writes `ide`, which x86_64 alone has. */
  readonly cdBus: "ide" | "scsi";
  /** Where it boots by UEFI alone, whose firmware is a package of its own: the machine type, which it is made for. */
  readonly uefiOf?: string;
  /** Packages of the emulator and, where it is another, the firmware, by Debian's names and Fedora's. */
  readonly packages: { readonly debian: string; readonly fedora: string };
}

const exactly = (model: string): string =>
  `<cpu mode="custom" match="exact" check="none"><model fallback="forbid">${model}</model></cpu>`;

export const GUEST_ARCHITECTURES: Readonly<Record<Arch, GuestArchitecture>> = {
  x86_64: {
    networkDevice: "virtio-net-pci,addr=0x10",
    cdBus: "ide",
    packages: { debian: "qemu-system-x86", fedora: "qemu-system-x86" },
  },
  aarch64: {
    networkDevice: "virtio-net-pci,addr=0x10",
    emulatedCpu: exactly(QEMU_MACHINES.aarch64.cpu),
    cdBus: "scsi",
    uefiOf: QEMU_MACHINES.aarch64.machine,
    packages: { debian: "qemu-system-arm qemu-efi-aarch64", fedora: "qemu-system-aarch64 edk2-aarch64" },
  },
  ppc64le: {
    networkDevice: "virtio-net-pci,addr=0x10",
    emulatedCpu: exactly(QEMU_MACHINES.ppc64le.cpu),
    cdBus: "scsi",
    packages: { debian: "qemu-system-ppc", fedora: "qemu-system-ppc" },
  },
  s390x: {
    networkDevice: "virtio-net-ccw,devno=fe.0.1000",
    emulatedCpu: '<cpu mode="maximum"/>',
    cdBus: "scsi",
    packages: { debian: "qemu-system-misc", fedora: "qemu-system-s390x" },
  },
};
