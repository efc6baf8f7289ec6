"""
The EBS direct calls, in front of moto: checksums and counts are checked as the service does, and data goes to files.
Shapes, statuses and headers: https://docs.aws.amazon.com/ebs/latest/APIReference
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from . import clock
from .blocks import BLOCK_SIZE
from .call import Call
from .config import ACCOUNT
from .errors import AwsError
from .keys import sealing
from .pending import Pending
from .snapshots import GIB, BlockSnapshot, add_snapshot, find_snapshot
from .tokens import Tokens

Answer = tuple[int, list[tuple[str, str]], bytes]

#: How long a token for reading blocks is good, seconds.
TOKEN_SECONDS = 7 * 24 * 3600


def refusal(message: str, reason: str = "INVALID_PARAMETER_VALUE") -> AwsError:
    return AwsError("ValidationException", message, 400, Reason=reason)


class Ebs:
    def __init__(self, folder: Path, pending: Pending) -> None:
        self._folder = folder
        self._pending = pending
        self._tokens: Tokens[str] = Tokens(
            AwsError("ConflictException", "This client token was used for a request that was not the same.", 409)
        )

    def clear(self) -> None:
        self._tokens.clear()

    def answer(self, call: Call) -> Answer:
        handlers = {
            "StartSnapshot": self._start,
            "PutSnapshotBlock": self._put,
            "CompleteSnapshot": self._complete,
            "GetSnapshotBlock": self._get,
            "ListSnapshotBlocks": self._list,
            "ListChangedBlocks": self._changed,
        }
        if call.action not in handlers:
            raise AwsError("UnknownOperationException", f"There is no {call.method} {call.raw_path} in EBS.", 404)
        return handlers[call.action](call)

    def _start(self, call: Call) -> Answer:
        request: dict[str, Any] = json.loads(call.body or b"{}")
        size = request.get("VolumeSize")
        if not isinstance(size, int) or not 1 <= size <= 65536:
            raise refusal(f"VolumeSize is in GiB, from 1 to 65536, not {size}.", "INVALID_VOLUME_SIZE")
        timeout = request.get("Timeout", 60)
        if not isinstance(timeout, int) or not 10 <= timeout <= 4320:
            raise refusal(f"Timeout is in minutes, from 10 to 4320, not {timeout}.")
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
        if any(key.startswith("aws:") for key in tags):
            raise refusal("Keys of tags must not begin with aws:", "INVALID_TAG")
        if "KmsKeyArn" in request and request.get("Encrypted") is not True:
            raise refusal("KmsKeyArn is for encrypted snapshots: Encrypted must be true.")
        parent = request.get("ParentSnapshotId")
        if parent is not None:
            before = self._find(call.region, parent)
            if before.phase != "completed":
                raise refusal(f"The parent snapshot {parent} is not completed.", "INVALID_SNAPSHOT_ID")

        def create() -> str:
            encrypted = request.get("Encrypted", False)
            key = sealing(call.region, encrypted, request.get("KmsKeyArn"))
            snapshot = add_snapshot(
                call.region, request.get("Description", ""), size, self._folder, tags, encrypted, key
            )
            snapshot.patience = timeout * 60.0
            if parent is not None:
                snapshot.blocks = before.blocks.copy_to(snapshot.blocks.file)
                snapshot.parent = parent
            return json.dumps(describe(snapshot, request.get("Tags", [])))

        return answer(201, self._tokens.once(call.region, request.get("ClientToken"), request, create).encode())

    def _put(self, call: Call) -> Answer:
        # The body is read before anything is refused: the client listens only once it is sent.
        data = call.read_body()
        snapshot = self._writable(call)
        index = int(call.params["BlockIndex"])
        if len(data) != BLOCK_SIZE or call.header("x-amz-Data-Length") != str(BLOCK_SIZE):
            raise refusal(f"A block is {BLOCK_SIZE} bytes, not {len(data)}.", "INVALID_BLOCK")
        if (index + 1) * BLOCK_SIZE > snapshot.volume_size * GIB:
            raise refusal(f"Block {index} lies outside of a volume of {snapshot.volume_size} GiB.", "INVALID_BLOCK")
        if call.header("x-amz-Checksum-Algorithm") != "SHA256":
            raise refusal("x-amz-Checksum-Algorithm must be SHA256.")
        digest = hashlib.sha256(data).digest()
        checksum = base64.b64encode(digest).decode()
        if call.header("x-amz-Checksum") != checksum:
            raise refusal(f"The checksum of block {index} is not that of the data that arrived.", "INVALID_BLOCK")
        snapshot.blocks.put(index, data, digest)
        snapshot.last_write = clock.now()
        return 201, [("x-amz-Checksum", checksum), ("x-amz-Checksum-Algorithm", "SHA256")], b""

    def _complete(self, call: Call) -> Answer:
        snapshot = self._find(call.region, call.params["SnapshotId"])
        count = call.header("x-amz-ChangedBlocksCount")
        if snapshot.phase == "error":
            raise refusal(f"{snapshot.id} was not written to for too long.", "WRITE_REQUEST_TIMEOUT")
        if count != str(len(snapshot.blocks.put_here)):
            raise refusal(f"ChangedBlocksCount is {count}; {len(snapshot.blocks.put_here)} blocks were put.")
        checksum = call.header("x-amz-Checksum")
        if checksum is not None:
            if call.header("x-amz-Checksum-Algorithm") != "SHA256":
                raise refusal("x-amz-Checksum-Algorithm must be SHA256.")
            if call.header("x-amz-Checksum-Aggregation-Method") != "LINEAR":
                raise refusal("x-amz-Checksum-Aggregation-Method must be LINEAR.")
            if checksum != snapshot.blocks.checksum():
                raise refusal("The checksum of the snapshot is not that of the blocks that were put.")
        if snapshot.phase == "writing":
            snapshot.complete(self._pending)
        return answer(202, json.dumps({"Status": snapshot.status}).encode())

    def _get(self, call: Call) -> Answer:
        snapshot = self._readable(call, "SnapshotId")
        index = int(call.params["BlockIndex"])
        digest = snapshot.blocks.digests.get(index)
        if digest is None:
            raise refusal(f"{snapshot.id} has no block {index}.", "INVALID_BLOCK")
        if call.params.get("blockToken") != token(snapshot, index):
            raise refusal(f"The token is not one of block {index} of {snapshot.id}.", "INVALID_BLOCK_TOKEN")
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("x-amz-Data-Length", str(BLOCK_SIZE)),
            ("x-amz-Checksum", base64.b64encode(digest).decode()),
            ("x-amz-Checksum-Algorithm", "SHA256"),
        ]
        return 200, headers, snapshot.blocks.get(index)

    def _list(self, call: Call) -> Answer:
        snapshot = self._readable(call, "SnapshotId")
        indexes, after = page(call, sorted(snapshot.blocks.digests))
        blocks = [{"BlockIndex": index, "BlockToken": token(snapshot, index)} for index in indexes]
        return answer(200, json.dumps({"Blocks": blocks, **volume(snapshot), **after}).encode())

    def _changed(self, call: Call) -> Answer:
        second = self._readable(call, "SecondSnapshotId")
        call.params.setdefault("firstSnapshotId", "")
        first = self._readable(call, "firstSnapshotId") if call.params["firstSnapshotId"] else None
        old, new = first.blocks.digests if first else {}, second.blocks.digests
        indexes, after = page(call, [i for i in sorted({*old, *new}) if old.get(i) != new.get(i)])
        changed = [
            {
                "BlockIndex": i,
                **({"FirstBlockToken": token(first, i)} if first and i in old else {}),
                **({"SecondBlockToken": token(second, i)} if i in new else {}),
            }
            for i in indexes
        ]
        return answer(200, json.dumps({"ChangedBlocks": changed, **volume(second), **after}).encode())

    def _find(self, region: str, identifier: str) -> BlockSnapshot:
        snapshot = find_snapshot(region, identifier)
        if snapshot is None:
            message = f"The snapshot {identifier} does not exist in {region}."
            raise AwsError("ResourceNotFoundException", message, 404, Reason="SNAPSHOT_NOT_FOUND")
        snapshot.expire()
        return snapshot

    def _writable(self, call: Call) -> BlockSnapshot:
        snapshot = self._find(call.region, call.params["SnapshotId"])
        if snapshot.phase == "error":
            raise refusal(f"{snapshot.id} was not written to for too long.", "WRITE_REQUEST_TIMEOUT")
        if snapshot.phase != "writing":
            raise refusal(f"{snapshot.id} takes no more blocks: it was completed.", "INVALID_SNAPSHOT_ID")
        return snapshot

    def _readable(self, call: Call, parameter: str) -> BlockSnapshot:
        snapshot = self._find(call.region, call.params[parameter])
        if snapshot.phase != "completed":
            raise refusal(f"{snapshot.id} can't be read before it is completed.", "INVALID_SNAPSHOT_ID")
        return snapshot


def answer(status: int, body: bytes) -> Answer:
    return status, [("Content-Type", "application/json")], body


def describe(snapshot: BlockSnapshot, tags: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "SnapshotId": snapshot.id,
        "OwnerId": ACCOUNT,
        "Status": "pending",
        "StartTime": snapshot.start_time.timestamp(),
        "VolumeSize": snapshot.volume_size,
        "BlockSize": BLOCK_SIZE,
        "Tags": tags,
        "Description": snapshot.description,
        **({"ParentSnapshotId": snapshot.parent} if snapshot.parent else {}),
        **({"KmsKeyArn": snapshot.kms_key_id} if snapshot.kms_key_id else {}),
    }


def volume(snapshot: BlockSnapshot) -> dict[str, Any]:
    return {"VolumeSize": snapshot.volume_size, "BlockSize": BLOCK_SIZE, "ExpiryTime": time.time() + TOKEN_SECONDS}


def token(snapshot: BlockSnapshot, index: int) -> str:
    return hashlib.sha256(f"{snapshot.id}/{index}".encode() + snapshot.blocks.digests[index]).hexdigest()


def page(call: Call, indexes: list[int]) -> tuple[list[int], dict[str, str]]:
    """One page of a list, and the token of the next if there is one."""
    start = call.params.get("pageToken") or call.params.get("startingBlockIndex") or "0"
    if not start.isdigit():
        raise refusal(f"{start} is no page token of this list.", "INVALID_PAGE_TOKEN")
    size = int(call.params.get("maxResults", 10000))
    if not 100 <= size <= 10000:
        raise refusal(f"MaxResults is from 100 to 10000, not {size}.")
    left = [index for index in indexes if index >= int(start)]
    return left[:size], ({"NextToken": str(left[size])} if len(left) > size else {})
