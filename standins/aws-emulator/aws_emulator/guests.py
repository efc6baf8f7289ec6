"""The real machines behind instances: a qemu process each, that lives and dies with its instance."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from child import launch
from emulated_machine import EmulatedMachine, Volume, prepare

from .config import Guests as Settings
from .image import Image
from .snapshots import BlockSnapshot

#: EC2's words to those of `uname -m`.
ARCHITECTURES = {"x86_64": "x86_64", "arm64": "aarch64"}

#: Seconds that qemu gets to end before it is killed.
PATIENCE = 5.0


@dataclass
class Guest:
    folder: Path
    process: subprocess.Popen[bytes]
    wanted: bool = True


class Guests:
    def __init__(self, folder: Path, settings: Settings, ended: Callable[[Any, str | None], None]) -> None:
        self._folder = folder
        self._settings = settings
        self._ended = ended
        self._lock = threading.Lock()
        self._guests: dict[str, Guest] = {}
        # The kernel ends a child when the *thread* that started it ends: one that lives as long as the emulator.
        self._starter = ThreadPoolExecutor(max_workers=1)
        shutil.rmtree(folder, ignore_errors=True)

    def start(self, instance: Any, image: Image) -> None:
        folder = self._folder / instance.id
        folder.mkdir(parents=True, mode=0o700)
        command = prepare(self._machine(folder, instance, image))
        (folder / "command").write_text("\n".join(command))
        guest = Guest(folder, self._starter.submit(launch, command, folder / "qemu.log").result())
        with self._lock:
            self._guests[instance.id] = guest
        threading.Thread(target=self._watch, args=(instance, guest), daemon=True).start()

    def pid(self, instance_id: str) -> int | None:
        guest = self._guests.get(instance_id)
        return guest.process.pid if guest is not None and guest.process.poll() is None else None

    def end(self, instance_id: str) -> None:
        """Its disks go with it; the console stays for whoever wonders."""
        with self._lock:
            guest = self._guests.pop(instance_id, None)
        if guest is None:
            return
        guest.wanted = False
        if guest.process.poll() is None:
            guest.process.terminate()
            try:
                guest.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                guest.process.kill()
                guest.process.wait(PATIENCE)
        for file in guest.folder.iterdir():
            if file.suffix not in (".log",):
                file.unlink()

    def end_all(self) -> None:
        for instance_id in list(self._guests):
            self.end(instance_id)

    def _watch(self, instance: Any, guest: Guest) -> None:
        status = guest.process.wait()
        if guest.wanted:
            self._ended(
                instance, None if status == 0 else f"qemu ended with {status}: {tail(guest.folder / 'qemu.log')}"
            )

    def console(self, instance_id: str) -> bytes | None:
        """What the machine wrote so far; it is kept when the machine is gone."""
        file = self._folder / instance_id / "console.log"
        return file.read_bytes() if file.exists() else None

    def _machine(self, folder: Path, instance: Any, image: Image) -> EmulatedMachine:
        volumes: list[Volume] = []
        for device, attachment in instance.get_block_device_mapping:
            volume = instance.ec2_backend.volumes[attachment.volume_id]
            root = device == instance.root_device_name
            volumes.insert(0 if root else len(volumes), Volume(serial(volume.id), volume.size))
        base, form = self._disk(folder, image)
        return EmulatedMachine(
            folder=folder,
            id=instance.id,
            host_name=instance.private_dns_name.partition(".")[0],
            architecture=ARCHITECTURES[image.architecture],
            address=instance.public_ip,
            user_data=b64decode(instance.user_data.as_bytes()) if instance.user_data else b"",
            image=base,
            form=form,
            volumes=volumes,
            keys=[pair.public_key for pair in key_pairs(instance)],
            kvm=self._settings.kvm,
            memory_mib=self._settings.memory_mib,
            cpus=self._settings.cpus,
        )

    def _disk(self, folder: Path, image: Image) -> tuple[Path, str]:
        snapshot = image.ec2_backend.snapshots.get(image.root_snapshot())
        if isinstance(snapshot, BlockSnapshot):
            # A link of its own: the snapshot may be deleted while the instance runs.
            os.link(snapshot.blocks.file, folder / "base.raw")
            return folder / "base.raw", "raw"
        disk = self._settings.disks.get(image.architecture)
        if disk is None:
            raise RuntimeError(f"no stock image of {image.architecture} starts here: `guests.disks` has no disk for it")
        return disk, "qcow2"


def tail(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-500:]


def serial(volume_id: str) -> str:
    """As EBS gives it to NVMe disks: the id without its dash. The guest finds it below /dev/disk/by-id."""
    return volume_id.replace("-", "")


def key_pairs(instance: Any) -> list[Any]:
    return [pair for pair in instance.ec2_backend.key_pairs.values() if pair.key_name == instance.key_name]
