"""Snapshots with data of their own: as moto keeps them, plus their blocks and the way to `completed`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.elastic_block_store import Snapshot, Volume
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.ec2.utils import random_snapshot_id

from . import clock
from .blocks import Blocks
from .config import ACCOUNT
from .mend import Response, mend, refuse
from .pending import Pending

GIB = 1024**3

#: What EC2 calls the volume of a snapshot that was not taken from one.
NO_VOLUME = "vol-ffffffff"


class BlockSnapshot(Snapshot):
    """`writing` (EC2 says pending), then `sealing` (still pending), then `completed`; or `error`."""

    def __init__(
        self, backend: Any, description: str, volume_gib: int, folder: Path, encrypted: bool = False, key: str | None = None
    ) -> None:
        identifier = random_snapshot_id()
        volume = Volume(backend, NO_VOLUME, volume_gib, zone=None)  # type: ignore[abstract]
        super().__init__(backend, identifier, volume, description, encrypted=encrypted)
        #: ARN of the key; None if it is not encrypted, or with Amazon's.
        self.kms_key_id = key
        self.status = "pending"
        self.phase = "writing"
        self.blocks = Blocks(folder / f"{identifier}.raw")
        #: Seconds without a write after which the snapshot fails; set by StartSnapshot.
        self.patience = 60 * 60.0
        self.last_write = clock.now()
        self.parent: str | None = None

    def complete(self, pending: Pending) -> None:
        self.blocks.seal(self.volume_size * GIB)
        self.phase = "sealing"
        self._countdown = pending.start()

    def expire(self) -> None:
        """Fails it if it was not written to for too long."""
        if self.phase == "writing" and clock.now() - self.last_write > self.patience:
            self.phase = self.status = "error"

    def read(self) -> None:
        """EC2 is asked about it: one read nearer to `completed`."""
        self.expire()
        if self.phase == "sealing" and self._countdown.ready_now():
            self.phase = self.status = "completed"

    @property
    def progress(self) -> str:
        return "100%" if self.phase == "completed" else "0%" if self.phase == "writing" else "50%"


def add_snapshot(
    region: str,
    description: str,
    volume_gib: int,
    folder: Path,
    tags: dict[str, str],
    encrypted: bool = False,
    key: str | None = None,
) -> BlockSnapshot:
    backend = ec2_backends[ACCOUNT][region]
    snapshot = BlockSnapshot(backend, description, volume_gib, folder, encrypted or key is not None, key)
    backend.snapshots[snapshot.id] = snapshot
    if tags:
        snapshot.add_tags(tags)
    return snapshot


def find_snapshot(region: str, identifier: str) -> BlockSnapshot | None:
    found = ec2_backends[ACCOUNT][region].snapshots.get(identifier)
    return found if isinstance(found, BlockSnapshot) else None


def copy_snapshot(
    source: BlockSnapshot, region: str, description: str, folder: Path, pending: Pending, key: str | None
) -> BlockSnapshot:
    """In another region or this one; the copy is on its way to `completed`."""
    copy = add_snapshot(region, description, source.volume_size, folder, {}, source.encrypted, key)
    copy.blocks = source.blocks.copy_to(folder / f"{copy.id}.raw")
    copy.complete(pending)
    return copy


def all_snapshots() -> list[tuple[str, BlockSnapshot]]:
    """With their regions."""
    return [
        (region, snapshot)
        for region, backend in ec2_backends[ACCOUNT].items()
        for snapshot in backend.snapshots.values()
        if isinstance(snapshot, BlockSnapshot)
    ]


def mend_snapshots() -> None:
    """DescribeSnapshots lets time pass and knows owners; DeleteSnapshot removes data, and not under an image."""
    mend(ElasticBlockStore, describe_snapshots=describe)
    EC2Backend.delete_snapshot = delete  # type: ignore[method-assign, assignment]


def describe(response: Response) -> ActionResult:
    for snapshot in response.ec2_backend.snapshots.values():
        if isinstance(snapshot, BlockSnapshot):
            snapshot.read()
    snapshots = response.ec2_backend.describe_snapshots(
        snapshot_ids=response._get_param("SnapshotIds", []), filters=response._filters_from_querystring()
    )
    owners = [ACCOUNT if owner == "self" else owner for owner in response._get_param("OwnerIds", [])]
    return ActionResult({"Snapshots": [s for s in snapshots if not owners or s.owner_id in owners]})


def delete(backend: Any, snapshot_id: str) -> Snapshot:
    snapshot: Snapshot | None = backend.snapshots.get(snapshot_id)
    if snapshot is None:
        raise refuse("InvalidSnapshot.NotFound", f"The snapshot '{snapshot_id}' does not exist.")
    for image in backend.amis.values():
        if snapshot_id in getattr(image, "snapshot_ids", []):
            raise refuse("InvalidSnapshot.InUse", f"The snapshot {snapshot_id} is currently in use by {image.id}")
    del backend.snapshots[snapshot_id]
    backend.tags.pop(snapshot_id, None)
    if isinstance(snapshot, BlockSnapshot):
        snapshot.blocks.remove()
    return snapshot
