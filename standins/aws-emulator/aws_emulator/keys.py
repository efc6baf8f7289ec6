"""
Keys of KMS, as far as EC2 and EBS direct use them in a caller's name: what that asks of IAM. Which action each call needs AWS does
not say; all that the guide names for encrypted volumes and snapshots are asked at each use:
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from moto.ec2.models import ec2_backends
from moto.kms.models import kms_backends

from .call import Call, nested
from .config import ACCOUNT
from .policy import Question
from .snapshots import find_snapshot

AMAZONS = "alias/aws/ebs"
GRANT = "kms:CreateGrant"
ACTIONS = [GRANT] + [
    f"kms:{name}"
    for name in (
        "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom",
        "ReEncryptTo",
    )
]  # fmt: skip


def own_default(region: str) -> str | None:
    """The account's key for EBS; None if it is Amazon's, which moto makes when it first needs one."""
    backend = ec2_backends[ACCOUNT][region]
    key: str = backend.default_kms_key_id
    if not key:
        return None
    kms = kms_backends[ACCOUNT][region]
    return None if kms.alias_exists(AMAZONS) and kms.describe_key(AMAZONS).arn == key else key


def sealing(region: str, encrypted: bool, key: str | None) -> str | None:
    """The key that something new is encrypted with; None if it is not, or with Amazon's."""
    if key is not None:
        return key
    return own_default(region) if encrypted or ec2_backends[ACCOUNT][region].ebs_encryption_by_default else None


def key_questions(call: Call, common: dict[str, list[str]]) -> list[Question]:
    """A dry run encrypts nothing."""
    if call.dry_run:
        return []
    through = {**common, "kms:viaservice": [f"ec2.{call.region}.amazonaws.com"]}
    return [
        Question(action, key, {**through, **({"kms:grantisforawsresource": ["true"]} if action == GRANT else {})})
        for key in sorted(set(used(call)))
        for action in ACTIONS
    ]


def used(call: Call) -> Iterator[str]:
    match call.action:
        case "RunInstances":
            for mapping in nested(call.params, "BlockDeviceMapping"):
                key = sealing(call.region, mapping.get("Ebs.Encrypted") == "true", mapping.get("Ebs.KmsKeyId"))
                yield from [key] if key else []
        case "CopyImage":
            key = sealing(call.region, call.params.get("Encrypted") == "true", call.params.get("KmsKeyId"))
            yield from [key] if key else []
            yield from of_image(call.params.get("SourceRegion", ""), call.params.get("SourceImageId", ""))
        case "StartSnapshot":
            body = json.loads(call.body or b"{}")
            key = sealing(call.region, body.get("Encrypted", False), body.get("KmsKeyArn"))
            yield from [key] if key else []
        case "PutSnapshotBlock":
            yield from of_snapshot(call.region, call.params["SnapshotId"])


def of_image(region: str, identifier: str) -> Iterator[str]:
    image = ec2_backends[ACCOUNT][region].amis.get(identifier)
    for snapshot in getattr(image, "snapshot_ids", []):
        yield from of_snapshot(region, snapshot)


def of_snapshot(region: str, identifier: str) -> list[str]:
    snapshot = find_snapshot(region, identifier)
    return [] if snapshot is None or snapshot.kms_key_id is None else [snapshot.kms_key_id]


def asked_of_kms(call: Call) -> str:
    """The key that is asked about, by its ARN; keys that were not named so are `*`."""
    key = str(json.loads(call.body or b"{}").get("KeyId", "*"))
    return key if key.startswith("arn:") else "*"
