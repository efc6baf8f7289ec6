"""A process that ends with the thread that started it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def launch(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """It ends with the thread that started it, however that ends."""
    with open(log, "wb") as output:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
