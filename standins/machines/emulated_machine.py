"""
A machine of an instance's true architecture: qemu emulates it as a whole, and its own firmware starts it from its disk. On
KVM where the architecture is this machine's own. What the clouds' hardware is, not what our hypervisors are told
(infra/libvirt/architectures.ts): an image proves here that it starts elsewhere.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nocloud import make_seed

GIB = 1024**3


@dataclass(frozen=True)
class Hardware:
    emulator: str
    #: Machine and processor, where qemu's own do not do.
    options: tuple[str, ...] = ()
    #: Files of the firmware, by distribution, where the emulator doesn't bring its own.
    firmware: tuple[Path, ...] = ()
    #: What the console is written by; qemu's serial port where there is none.
    console: str | None = None
    #: Of virtio devices.
    bus: str = "pci"


HARDWARE = {
    "x86_64": Hardware("qemu-system-x86_64"),
    "aarch64": Hardware(
        "qemu-system-aarch64",
        # The default processor has 32 bits; `max` authenticates pointers by a cipher that is slow to emulate.
        ("-machine", "virt", "-cpu", "neoverse-n1"),
        firmware=(
            Path("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"),
            Path("/usr/share/edk2/aarch64/QEMU_EFI.fd"),
        ),
    ),
    "ppc64le": Hardware(
        "qemu-system-ppc64",
        # What emulation has no answer for is said not to be there.
        ("-machine", "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off", "-cpu", "POWER9"),
        console="spapr-vty",
    ),
    "s390x": Hardware(
        "qemu-system-s390x", ("-machine", "s390-ccw-virtio", "-cpu", "max"), console="sclpconsole", bus="ccw"
    ),
}


@dataclass(frozen=True)
class Volume:
    serial: str
    gib: int


@dataclass(frozen=True)
class EmulatedMachine:
    """What it is started from."""

    #: Empty, its own: disks, console.
    folder: Path
    id: str
    host_name: str
    architecture: str
    #: Where its port 22 is.
    address: str
    user_data: bytes
    #: Its bytes stay as they are.
    image: Path
    #: raw or qcow2
    form: str
    #: The first begins as the image, the others empty.
    volumes: Sequence[Volume]
    keys: Sequence[str] = ()
    #: Does KVM run guests here? Decided by who starts it.
    kvm: bool = False
    memory_mib: int = 1024
    #: One where they are emulated: qemu 7.2 lets an x86_64 kernel with two hang at its start, once in some tens of boots.
    cpus: int = 1


def prepare(machine: EmulatedMachine) -> list[str]:
    """Writes what it has. The command that is returned is the machine, for as long as it runs."""
    hardware = HARDWARE[machine.architecture]
    kvm = machine.kvm and machine.architecture == platform.machine()
    folder, bus = machine.folder, hardware.bus
    console = "chardev:console" if hardware.console is None else f"{hardware.console},chardev=console"
    # fmt: off
    parts = [
        hardware.emulator, "-nodefaults", "-no-user-config", "-display", "none", "-name", machine.id,
        *(["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg,thread=multi", *hardware.options]),
        *firmware(machine.architecture),
        "-m", str(machine.memory_mib), "-smp", str(machine.cpus),
        "-chardev", f"file,id=console,path={folder / 'console.log'}",
        "-serial" if hardware.console is None else "-device", console,
        "-device", f"virtio-rng-{bus}",
        "-netdev", f"user,id=net,hostfwd=tcp:{machine.address}:22-:22", "-device", f"virtio-net-{bus},netdev=net",
    ]
    # fmt: on
    for index, volume in enumerate(machine.volumes):
        size = volume.gib * GIB
        if index == 0:
            file, form = overlay(machine, folder / "root.qcow2", size), "qcow2"
        else:
            file, form = empty_disk(folder / f"{index}.raw", size), "raw"
        parts += ["-drive", f"file={file},format={form},if=none,id=disk{index},cache=unsafe,discard=unmap"]
        boot = ",bootindex=1" if index == 0 else ""
        parts += ["-device", f"virtio-blk-{bus},drive=disk{index},serial={volume.serial}{boot}"]
    iso = make_seed(folder, machine.id, machine.host_name, machine.user_data, machine.keys)
    seed = f"file={iso},format=raw,readonly=on"
    if machine.architecture == "x86_64":
        return [*parts, "-drive", f"{seed},media=cdrom"]
    # The others have no IDE.
    parts += ["-device", f"virtio-scsi-{bus}", "-drive", f"{seed},if=none,id=seed"]
    return [*parts, "-device", "scsi-cd,drive=seed"]


def firmware(architecture: str) -> list[str]:
    files = HARDWARE[architecture].firmware
    if not files:
        return []
    found = next((file for file in files if file.exists()), None)
    if found is None:
        raise RuntimeError(f"none of {', '.join(map(str, files))} is there; `bash toolchain/guests.sh {architecture}`")
    return ["-bios", str(found)]


def overlay(machine: EmulatedMachine, disk: Path, size: int) -> Path:
    # fmt: off
    create = [
        "qemu-img", "create", "-q", "-f", "qcow2", "-F", machine.form, "-b", str(machine.image), str(disk), str(size),
    ]
    # fmt: on
    subprocess.run(create, check=True, capture_output=True, timeout=60)
    return disk


def empty_disk(disk: Path, size: int) -> Path:
    disk.touch(mode=0o600)
    os.truncate(disk, size)
    return disk
