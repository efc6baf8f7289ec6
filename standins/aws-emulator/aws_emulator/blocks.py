"""The data of one snapshot: a sparse file, and which of its blocks were put, with their checksums."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from pathlib import Path

BLOCK_SIZE = 524288


class Blocks:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.digests: dict[int, bytes] = {}
        #: Those that were put here, not taken over from another snapshot.
        self.put_here: set[int] = set()
        #: Calls and bytes, blocks that were put again included.
        self.puts = 0
        self.bytes_put = 0
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def put(self, index: int, data: bytes | bytearray, digest: bytes) -> None:
        """Positioned writes, so that many go on at once."""
        os.pwrite(self._open(), data, index * BLOCK_SIZE)
        self.digests[index] = digest
        with self._lock:
            self.put_here.add(index)
            self.puts += 1
            self.bytes_put += len(data)

    def get(self, index: int) -> bytes:
        return os.pread(self._open(), BLOCK_SIZE, index * BLOCK_SIZE)

    def checksum(self) -> str:
        """LINEAR: the digest over the digests in the order of their blocks."""
        return base64.b64encode(
            hashlib.sha256(b"".join(self.digests[i] for i in sorted(self.put_here))).digest()
        ).decode()

    def copy_to(self, file: Path) -> Blocks:
        """A snapshot of its own with the same blocks; holes stay holes."""
        copy = Blocks(file)
        target = copy._open()
        for index, digest in sorted(self.digests.items()):
            os.pwrite(target, self.get(index), index * BLOCK_SIZE)
            copy.digests[index] = digest
        return copy

    def seal(self, size: int) -> None:
        """The file gets the volume's full size, for whoever reads it as a disk."""
        os.ftruncate(self._open(), size)

    def remove(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            self.file.unlink(missing_ok=True)

    def _open(self) -> int:
        with self._lock:
            if self._descriptor is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
            return self._descriptor
