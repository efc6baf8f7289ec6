"""Instances as machines that boot in no time (see light_machine.py), for tests that are not about booting."""

from __future__ import annotations

import shutil
import subprocess
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from light_machine import LightMachine, start

from .image import Image
from .snapshots import BlockSnapshot

#: Seconds that its ssh server gets to end before it is killed.
PATIENCE = 5.0


class LightGuests:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._guests: dict[str, subprocess.Popen[bytes]] = {}
        # The kernel ends a child when the *thread* that started it ends: one that lives as long as the emulator.
        self._starter = ThreadPoolExecutor(max_workers=1)
        shutil.rmtree(folder, ignore_errors=True)

    def start(self, instance: Any, image: Image) -> None:
        snapshot = image.ec2_backend.snapshots.get(image.root_snapshot())
        if not isinstance(snapshot, BlockSnapshot):
            raise RuntimeError(f"{image.id} has no disk that was written here: a light machine starts from nothing else")
        folder = self._folder / instance.id
        folder.mkdir(parents=True, mode=0o700)
        user_data = b64decode(instance.user_data.as_bytes()) if instance.user_data else b""
        machine = LightMachine(folder, user_data, snapshot.blocks.file, instance.public_ip, 22)
        guest = self._starter.submit(start, machine).result()
        with self._lock:
            self._guests[instance.id] = guest

    def pid(self, instance_id: str) -> int | None:
        guest = self._guests.get(instance_id)
        return guest.pid if guest is not None and guest.poll() is None else None

    def end(self, instance_id: str) -> None:
        with self._lock:
            guest = self._guests.pop(instance_id, None)
        if guest is None:
            return
        guest.kill()
        guest.wait(PATIENCE)
        # It held keys.
        shutil.rmtree(self._folder / instance_id, ignore_errors=True)

    def end_all(self) -> None:
        for instance_id in list(self._guests):
            self.end(instance_id)

    def console(self, instance_id: str) -> bytes | None:
        """It has none: nothing boots."""
        return None
