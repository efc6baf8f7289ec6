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

from .config import Guests as Settings
from .image import Image
from .seed import make_seed
from .snapshots import GIB, BlockSnapshot

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
        if image.architecture != "x86_64":
            raise RuntimeError(
                f"guests of the emulator are x86_64 machines, and {image.id} is {image.architecture}: "
                "it starts as a light machine, or without one"
            )
        folder = self._folder / instance.id
        folder.mkdir(parents=True, mode=0o700)
        command = self._command(folder, instance, image)
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

    def _command(self, folder: Path, instance: Any, image: Image) -> list[str]:
        settings = self._settings
        # fmt: off
        command = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-name", instance.id,
            *(["-accel", "kvm", "-cpu", "host"] if settings.kvm else ["-accel", "tcg,thread=multi"]),
            "-m", str(settings.memory_mib), "-smp", str(settings.cpus),
            "-serial", f"file:{folder / 'console.log'}",
            "-device", "virtio-rng-pci",
            "-netdev", f"user,id=net,hostfwd=tcp:{instance.public_ip}:22-:22", "-device", "virtio-net-pci,netdev=net",
        ]
        # fmt: on
        for device, attachment in instance.get_block_device_mapping:
            volume = instance.ec2_backend.volumes[attachment.volume_id]
            root = device == instance.root_device_name
            file = self._root_disk(folder, image, volume) if root else empty_disk(folder, volume)
            form = "qcow2" if root else "raw"
            command += ["-drive", f"file={file},format={form},if=none,id={volume.id},cache=unsafe,discard=unmap"]
            boot = ",bootindex=1" if root else ""
            command += ["-device", f"virtio-blk-pci,drive={volume.id},serial={serial(volume.id)}{boot}"]
        keys = [pair.public_key for pair in key_pairs(instance)]
        user_data = b64decode(instance.user_data.as_bytes()) if instance.user_data else b""
        name = instance.private_dns_name.partition(".")[0]
        image_file = make_seed(folder, instance.id, name, user_data, keys)
        return [*command, "-drive", f"file={image_file},format=raw,media=cdrom,readonly=on"]

    def _root_disk(self, folder: Path, image: Image, volume: Any) -> Path:
        """A layer over the image's bytes, which stay as they are."""
        snapshot = image.ec2_backend.snapshots.get(image.root_snapshot())
        if isinstance(snapshot, BlockSnapshot):
            # A link of its own: the snapshot may be deleted while the instance runs.
            base, form = folder / "base.raw", "raw"
            os.link(snapshot.blocks.file, base)
        else:
            base, form = self._settings.disk, "qcow2"
        disk = folder / "root.qcow2"
        create = [
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            form,
            "-b",
            str(base),
            str(disk),
            str(volume.size * GIB),
        ]
        subprocess.run(create, check=True, capture_output=True, timeout=60)
        return disk


def tail(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-500:]


def empty_disk(folder: Path, volume: Any) -> Path:
    disk = folder / f"{volume.id}.raw"
    disk.touch(mode=0o600)
    os.truncate(disk, volume.size * GIB)
    return disk


def serial(volume_id: str) -> str:
    """As EBS gives it to NVMe disks: the id without its dash. The guest finds it below /dev/disk/by-id."""
    return volume_id.replace("-", "")


def key_pairs(instance: Any) -> list[Any]:
    return [pair for pair in instance.ec2_backend.key_pairs.values() if pair.key_name == instance.key_name]
