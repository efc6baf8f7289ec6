"""
Hypervisors of Nova whose instances are machines at their fixed address, which must be one of loopback (see standins/machines):
such that boot in no time, or emulated ones of the image's architecture.
"""

from __future__ import annotations

import platform
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

sys.path.insert(0, str(Path(__file__).parents[2] / "machines"))
import emulated_machine  # noqa: E402
import light_machine  # noqa: E402
from child import launch  # noqa: E402

SSH = 22
#: Seconds that a machine gets to end.
PATIENCE = 5.0
#: Of images: the scheduler asks which a host has instances of.
ARCHITECTURES = (Architecture.X86_64, Architecture.AARCH64, Architecture.PPC64LE, Architecture.S390X)


class MachineDriver(fake.FakeDriverWithoutFakeNodes):
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

    def starts(self, disk: Path) -> bool:
        """Is there a machine to be had of that disk? Else the instance has states only."""
        raise NotImplementedError

    def command(self, folder: Path, disk: Path, address: str, user_data: bytes, instance: Any, image: Any) -> list[str]:
        raise NotImplementedError

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
        super().spawn(context, instance, image_meta, injected_files, admin_password, allocations, network_info, **more)
        disk = self._data / "images" / instance.image_ref
        if not self.starts(disk):
            return
        address = str(network_info[0].fixed_ips()[0]["address"])
        folder = self._data / "machines" / instance.uuid
        folder.mkdir(parents=True, mode=0o700)
        user_data = b64decode(instance.user_data) if instance.user_data else b""
        command = self.command(folder, disk, address, user_data, instance, image_meta)
        running = self._starter.submit(launch, command, folder / "log").result()
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


class LightDriver(MachineDriver):
    """From the first sector of an image as Glance keeps it, if that is a light disk's."""

    def starts(self, disk: Path) -> bool:
        return light_machine.is_light(disk)

    def command(self, folder: Path, disk: Path, address: str, user_data: bytes, instance: Any, image: Any) -> list[str]:
        return light_machine.prepare(light_machine.LightMachine(folder, user_data, disk, address, SSH))


class EmulatedDriver(MachineDriver):
    """From the bytes of an image as Glance keeps it, with the flavor's memory and disk."""

    def starts(self, disk: Path) -> bool:
        return True

    def command(self, folder: Path, disk: Path, address: str, user_data: bytes, instance: Any, image: Any) -> list[str]:
        # An image that says none is taken for one of the host's.
        architecture = image.properties.get("hw_architecture") or platform.machine()
        return emulated_machine.prepare(
            emulated_machine.EmulatedMachine(
                folder=folder,
                id=instance.uuid,
                host_name=instance.hostname,
                architecture=architecture,
                address=address,
                user_data=user_data,
                image=disk,
                form=image.disk_format,
                volumes=[emulated_machine.Volume("root", instance.flavor.root_gb)],
                memory_mib=instance.flavor.memory_mb,
            )
        )
