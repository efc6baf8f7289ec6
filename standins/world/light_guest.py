"""light_guest.py PORT QEMU-ARGUMENTS...: the machine that a libvirt guest is, for as long as its qemu lives."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

# libvirt waits for the end of what it holds the other end of.
os.closerange(3, 4096)
sys.path.insert(0, str(Path(__file__).parents[1] / "machines"))
from light_machine import LightMachine, is_light, start  # noqa: E402


def user_data(seed: Path) -> bytes:
    """Files of an ISO 9660 image lie in one piece, padded with zeros."""
    data = seed.read_bytes()
    return data[data.index(b"#cloud-config") :].split(b"\0", 1)[0]


def main(port: int, arguments: list[str]) -> None:
    files = [Path(name) for argument in arguments for name in re.findall(r'"filename":"([^"]+)"', argument)]
    seed = next(file for file in files if file.name.endswith(".iso"))
    disk = next(file for file in files if not file.name.endswith(".iso") and is_light(file))
    folder = Path(tempfile.mkdtemp(prefix="guest-", dir=os.environ["LIGHT_FOLDER"]))
    start(LightMachine(folder, user_data(seed), disk, "127.0.0.1", port)).wait()


main(int(sys.argv[1]), sys.argv[2:])
