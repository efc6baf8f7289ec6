"""emulated.py JSON: becomes the machine that it describes, fields of EmulatedMachine whose `user_data` is a file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from emulated_machine import EmulatedMachine, Volume, prepare


def main(text: str) -> None:
    fields = json.loads(text)
    paths = {name: Path(fields.pop(name)) for name in ("folder", "image")}
    user_data = Path(fields.pop("user_data")).read_bytes()
    volumes = [Volume(**volume) for volume in fields.pop("volumes")]
    command = prepare(EmulatedMachine(**paths, **fields, user_data=user_data, volumes=volumes))
    os.execvp(command[0], command)


main(*sys.argv[1:])
