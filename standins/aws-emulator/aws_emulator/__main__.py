"""python -m aws_emulator CONFIG: runs until it is told to end. Writes FOLDER/ready.json once it answers."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

# Before moto is imported: its own images would be found beside ours.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from .addresses import check_ssh_port  # noqa: E402
from .config import read_config  # noqa: E402
from .control import PREFIX, control  # noqa: E402
from .http_server import Server  # noqa: E402
from .world import World  # noqa: E402


def main(config_file: Path) -> None:
    config = read_config(config_file)
    config.folder.mkdir(parents=True, exist_ok=True)
    if config.machines:
        check_ssh_port(config.address_block)
    world = World(config)
    server = Server(
        config.port,
        lambda environ: (
            control(world, environ) if str(environ["PATH_INFO"]).startswith(PREFIX) else world.respond(environ)
        ),
    )
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=await_parent, args=(told,), daemon=True).start()
    ready = {
        "endpoint": f"http://127.0.0.1:{server.port_in_use}",
        "accessKeyId": world.identity.key,
        "secretAccessKey": world.identity.secret,
    }
    new = config.folder / "ready.json.new"
    new.write_text(json.dumps(ready))
    new.chmod(0o600)
    new.rename(config.folder / "ready.json")
    told.wait()
    world.end()
    sys.exit(0)


def await_parent(told: threading.Event) -> None:
    """Who started it holds the other end of standard input, and takes the emulator along."""
    while sys.stdin.buffer.read(4096):
        pass
    told.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
