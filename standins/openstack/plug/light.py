"""
A hypervisor of Nova whose instances are machines that boot in no time (see standins/light-machine): behind port 22 of the
instance's fixed address, which must be one of loopback, from the first sector of its image as Glance keeps it. An instance
of an image that is no light disk has states only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nova.conf
from nova.objects.fields import Architecture, HVType, VMMode
from nova.virt import fake

sys.path.insert(0, str(Path(__file__).parents[2] / "light-machine"))
from light_machine import LightMachine, is_light, start  # noqa: E402

SSH = 22
#: Seconds that a machine gets to end.
PATIENCE = 5.0
#: Of images: the scheduler asks which a host has instances of.
ARCHITECTURES = (Architecture.X86_64, Architecture.AARCH64, Architecture.PPC64LE, Architecture.S390X)


class LightDriver(fake.FakeDriverWithoutFakeNodes):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._data = Path(nova.conf.CONF.state_path)
        self._lock = threading.Lock()
        self._machines: dict[str, subprocess.Popen[bytes]] = {}
        # The kernel ends a child when the *thread* that started it ends: one that lives as long as this process.
        self._starter = ThreadPoolExecutor(max_workers=1)

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        supported = [(architecture, HVType.FAKE, VMMode.HVM) for architecture in ARCHITECTURES]
        return {**super().get_available_resource(nodename), "supported_instances": supported}

    def spawn(
        self,
        context: Any,
        instance: Any,
        image_meta: Any,
        injected_files: Any,
        admin_password: Any,
        allocations: Any,
        network_info: Any = None,
        **more: Any,
    ) -> None:
        super().spawn(
            context, instance, image_meta, injected_files, admin_password, allocations, network_info, **more
        )
        disk = self._data / "images" / instance.image_ref
        if not is_light(disk):
            return
        address = str(network_info[0].fixed_ips()[0]["address"])
        folder = self._data / "machines" / instance.uuid
        folder.mkdir(parents=True, mode=0o700)
        user_data = b64decode(instance.user_data) if instance.user_data else b""
        machine = LightMachine(folder, user_data, disk, address, SSH)
        running = self._starter.submit(start, machine).result()
        with self._lock:
            self._machines[instance.uuid] = running

    def destroy(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        super().destroy(context, instance, *args, **kwargs)
        with self._lock:
            running = self._machines.pop(instance.uuid, None)
        if running is not None:
            running.kill()
            running.wait(PATIENCE)
        # It held keys.
        shutil.rmtree(self._data / "machines" / instance.uuid, ignore_errors=True)
