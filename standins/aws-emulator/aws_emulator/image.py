"""An AMI with every field it was registered with: nothing is guessed, and nothing is lost."""

from __future__ import annotations

import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.amis import Ami

from .config import ACCOUNT
from .pending import Countdown


class Image(Ami):
    """In moto's list of images, so that instances and tags find it; Ami's own constructor would invent a snapshot."""

    def __init__(self, backend: Any, image_id: str, name: str, fields: dict[str, Any], countdown: Countdown) -> None:
        self.ec2_backend = backend
        self.id = image_id
        self.name = name
        self.fields = fields
        self.owner_id = fields.pop("OwnerId", ACCOUNT)
        self.owner_alias = fields.pop("ImageOwnerAlias", None)
        self.launch_permissions: list[dict[str, str]] = []
        self.creation_date = utcnow()
        self.deprecation_time: datetime.datetime | None = None
        self.countdown = countdown
        self.state = "pending"
        # What moto's instances ask of their image.
        self.platform = None
        self.kernel_id = None
        self.product_codes: set[str] = set()

    @property
    def description(self) -> str:  # type: ignore[override]
        return str(self.fields.get("Description", ""))

    @property
    def architecture(self) -> str:  # type: ignore[override]
        return str(self.fields["Architecture"])

    @property
    def virtualization_type(self) -> str:  # type: ignore[override]
        return str(self.fields["VirtualizationType"])

    @property
    def root_device_name(self) -> str:  # type: ignore[override]
        return str(self.fields["RootDeviceName"])

    @property
    def block_device_mappings(self) -> list[dict[str, Any]]:
        return list(self.fields["BlockDeviceMappings"])

    @property
    def snapshot_ids(self) -> list[str]:
        return [m["Ebs"]["SnapshotId"] for m in self.block_device_mappings if "SnapshotId" in m.get("Ebs", {})]

    def root_snapshot(self) -> str | None:
        for mapping in self.block_device_mappings:
            if mapping.get("DeviceName") == self.root_device_name:
                found: str | None = mapping["Ebs"].get("SnapshotId")
                return found
        return None

    def read(self) -> None:
        """Somebody looks: one read nearer to `available`. Not before its snapshots are complete."""
        snapshots = [self.ec2_backend.snapshots.get(identifier) for identifier in self.snapshot_ids]
        for snapshot in snapshots:
            if hasattr(snapshot, "read"):
                snapshot.read()
        if all(s is None or s.status == "completed" for s in snapshots) and self.countdown.ready_now():
            self.state = "available" if self.state == "pending" else self.state

    def deprecated(self) -> bool:
        return self.deprecation_time is not None and self.deprecation_time <= utcnow()

    def describe(self) -> dict[str, Any]:
        """As DescribeImages says it."""
        owner = self.owner_alias or self.owner_id
        return {
            "ImageId": self.id,
            "Name": self.name,
            "ImageLocation": f"{owner}/{self.name}",
            "OwnerId": self.owner_id,
            **({"ImageOwnerAlias": self.owner_alias} if self.owner_alias else {}),
            "State": self.state,
            "Public": self.is_public,
            "CreationDate": self.creation_date,
            **({"DeprecationTime": written(self.deprecation_time)} if self.deprecation_time else {}),
            "Hypervisor": "xen",
            "ImageType": "machine",
            "RootDeviceType": "ebs",
            "PlatformDetails": "Linux/UNIX",
            "UsageOperation": "RunInstances",
            "ProductCodes": [],
            "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in self.get_tags()],
            **self.fields,
        }

    def get_filter_value(self, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name.startswith("tag"):
            return super(Ami, self).get_filter_value(filter_name, method_name)
        if filter_name == "block-device-mapping.snapshot-id":
            return self.snapshot_ids
        if filter_name == "is-public":
            return str(self.is_public).lower()
        key = "".join(word.capitalize() for word in filter_name.split("-"))
        key = {"OwnerAlias": "ImageOwnerAlias"}.get(key, key)
        value = self.describe().get(key)
        return str(value).lower() if isinstance(value, bool) else value


def written(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
