"""
A machine that boots in no time, for tests of what is around machines: an ssh server with the keys of the cloud-config
that the machine was given, in a mount namespace where the disk's build key is where a builder's disk has it.

Of the disk one line of the first sector alone is read: `copr-builders light disk KEY`. No instruction of the disk is run.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml
from child import launch

MARK = b"copr-builders light disk "
KEY_FILE = "copr-builder/build-key"
SYSTEMCTL = """#!/bin/sh
case "$1" in
is-system-running) echo running ;;
show) echo 1500000 ;;
esac
"""


@dataclass(frozen=True)
class LightMachine:
    """What it is started from."""

    #: Empty, its own: keys, log.
    folder: Path
    user_data: bytes
    #: Raw: the bytes that it would boot from.
    disk: Path
    address: str
    port: int


def is_light(disk: Path) -> bool:
    with open(disk, "rb") as file:
        return MARK in file.read(512)


def build_key(disk: Path) -> str:
    with open(disk, "rb") as file:
        sector = file.read(512)
    _, mark, rest = sector.partition(MARK)
    if not mark:
        raise RuntimeError(f"{disk} is no light disk: it begins with {sector[:40]!r}")
    return rest.split(b"\n", 1)[0].decode()


def start(machine: LightMachine) -> subprocess.Popen[bytes]:
    """It ends with the thread that started it."""
    return launch(prepare(machine), machine.folder / "sshd.log")


def prepare(machine: LightMachine) -> list[str]:
    """Writes what it has. The command that is returned is the machine, for as long as it runs."""
    folder = machine.folder
    config = yaml.safe_load(machine.user_data)
    write(folder / "host-key", config["ssh_keys"]["ed25519_private"], 0o600)
    keys = [key for user in config["users"] for key in user["ssh_authorized_keys"]]
    write(folder / "authorized-keys", "\n".join(keys) + "\n", 0o600)
    write(folder / "bin/systemctl", SYSTEMCTL, 0o755)
    write(folder / f"key/{KEY_FILE}", build_key(machine.disk) + "\n", 0o644)
    write(
        folder / "sshd_config",
        "".join(
            f"{line}\n"
            for line in [
                f"ListenAddress {machine.address}:{machine.port}",
                f"HostKey {folder}/host-key",
                f"AuthorizedKeysFile {folder}/authorized-keys",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "StrictModes no",
                "UsePAM no",
                "PidFile none",
                f"SetEnv PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ]
        ),
        0o600,
    )
    # /usr/lib as it is, with the key's folder beside what is there: links into a second view of it.
    script = """set -eu
cd "$1"
umask 022
mkdir -p lib new
mount --bind /usr/lib lib
for entry in "$1"/lib/* "$1"/key/*; do ln -s "$entry" new/; done
mkdir -p -m 0755 /run/sshd
mount --bind new /usr/lib
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
"""
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(folder)]


def write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(descriptor, "w") as file:
        file.write(text)
