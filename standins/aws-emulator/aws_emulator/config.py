"""What the emulator is told at its start: one JSON file, written by start.ts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class StockImage:
    """A distribution's image that is there from the start, in every region."""

    owner: str
    name: str
    #: EC2's word: x86_64 or arm64.
    architecture: str
    root_device_name: str = "/dev/sda1"


@dataclass(frozen=True)
class Guests:
    """How instances become real machines."""

    #: By EC2's word for the architecture: qcow2 that stock images of it stand for.
    disks: dict[str, Path]
    #: Does KVM run guests here? Decided by who starts the emulator.
    kvm: bool
    memory_mib: int = 1024
    #: One where they are emulated: qemu 7.2 lets a kernel with two hang at its start, once in some tens of boots.
    cpus: int = 1


@dataclass(frozen=True)
class Config:
    #: Everything that is kept lies in here: snapshots, disks of guests, their consoles.
    folder: Path
    #: 0 takes a free one.
    port: int = 0
    stock_images: list[StockImage] = field(default_factory=list)
    #: Without it instances have states only.
    guests: Guests | None = None
    #: Instances are machines that boot in no time, see standins/machines; not beside `guests`.
    light_machines: bool = False
    #: How often a snapshot, an image or an instance is read as pending before it is ready.
    pending_reads: int = 2
    #: How often a new thing is not found by its reads, before it is.
    unseen_reads: int = 0
    #: Second part of the addresses of instances, 127.N.x.y.
    address_block: int = 80

    @property
    def machines(self) -> bool:
        """Is there anything behind an instance?"""
        return self.guests is not None or self.light_machines


def read_config(path: Path) -> Config:
    raw: dict[str, Any] = json.loads(path.read_text())
    guests = raw.get("guests")
    return Config(
        folder=Path(raw["folder"]),
        port=raw.get("port", 0),
        stock_images=[
            StockImage(
                owner=image["owner"],
                name=image["name"],
                architecture=image["architecture"],
                root_device_name=image.get("rootDeviceName", "/dev/sda1"),
            )
            for image in raw.get("stockImages", [])
        ],
        guests=None
        if guests is None
        else Guests(
            disks={architecture: Path(disk) for architecture, disk in guests["disks"].items()},
            kvm=guests["kvm"],
            memory_mib=guests.get("memoryMib", 1024),
            cpus=guests.get("cpus", 2 if guests["kvm"] else 1),
        ),
        light_machines=raw.get("lightMachines", False),
        pending_reads=raw.get("pendingReads", 2),
        unseen_reads=raw.get("unseenReads", 0),
        address_block=raw.get("addressBlock", 80),
    )
