/** The machines that qemu makes of each architecture: by libvirt on a hypervisor, and by itself on a worker. */

export interface QemuMachine {
  readonly program: string;
  readonly machine: string;
  /**
   * The processor where it is emulated, the same whatever the version of qemu is: a build, or a boot, doesn't see another. qemu's
   * own defaults are too old for what distributions build for.
   */
  readonly cpu: string;
  /** The first serial line as the kernel calls it. */
  readonly console: string;
}

/** By `uname -m`. */
export const QEMU_MACHINES = {
  x86_64: { program: "qemu-system-x86_64", machine: "q35", cpu: "max", console: "ttyS0" },
  // Not `max`: it authenticates pointers by a cipher that is slow to emulate.
  aarch64: { program: "qemu-system-aarch64", machine: "virt", cpu: "neoverse-n1", console: "ttyAMA0" },
  ppc64le: { program: "qemu-system-ppc64", machine: "pseries", cpu: "POWER9", console: "hvc0" },
  s390x: { program: "qemu-system-s390x", machine: "s390-ccw-virtio", cpu: "max", console: "ttysclp0" },
} as const satisfies Readonly<Record<string, QemuMachine>>;

export function qemuMachine(arch: string): QemuMachine | undefined {
  return Object.entries(QEMU_MACHINES).find(([name]) => name === arch)?.[1];
}
