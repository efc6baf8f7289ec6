"""light.py FOLDER ADDRESS PORT DISK USER-DATA-FILE: becomes the machine that these make."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from light_machine import LightMachine, prepare


def main(folder: str, address: str, port: str, disk: str, user_data: str) -> None:
    machine = LightMachine(Path(folder), Path(user_data).read_bytes(), Path(disk), address, int(port))
    command = prepare(machine)
    os.execvp(command[0], command)


main(*sys.argv[1:])
