"""An address of its own for each instance, in 127.N.0.0/16: ssh answers there at port 22, as at a public address."""

from __future__ import annotations

import errno
import socket
import threading

SSH = 22


class Addresses:
    def __init__(self, block: int, listen: bool) -> None:
        if not 1 <= block <= 255:
            raise ValueError(
                f"addressBlock is the second part of an address in 127.0.0.0/8, from 1 to 255, not {block}"
            )
        self._block = block
        #: Will somebody listen there? Then an address that another emulator uses is passed over.
        self._listen = listen
        self._lock = threading.Lock()
        self._used: set[str] = set()
        self._next = 0

    def take(self) -> str:
        with self._lock:
            for _ in range(250 * 250):
                high, low = divmod(self._next % (250 * 250), 250)
                self._next += 1
                address = f"127.{self._block}.{high}.{low + 1}"
                if address not in self._used and (not self._listen or is_free(address)):
                    self._used.add(address)
                    return address
        raise RuntimeError(
            f"port {SSH} is taken at every address of 127.{self._block}.0.0/16; is an sshd listening on all of them?"
        )

    def give_back(self, address: str) -> None:
        with self._lock:
            self._used.discard(address)

    def clear(self) -> None:
        with self._lock:
            self._used.clear()


def is_free(address: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, SSH))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def check_ssh_port(block: int) -> None:
    """Guests need to listen at port 22: said at the start, not when the first one fails."""
    address = f"127.{block}.255.254"
    try:
        free = is_free(address)
    except PermissionError as error:
        raise SystemExit(
            f"instances answer ssh at port {SSH} of their own loopback addresses, and this user may not listen there; "
            f"run as root, or once: sysctl -w net.ipv4.ip_unprivileged_port_start={SSH}"
        ) from error
    if not free:
        raise SystemExit(
            f"instances answer ssh at port {SSH} of their own loopback addresses, and an sshd listens on all of them; "
            "let it listen on the machine's own addresses only (ListenAddress in sshd_config)"
        )
