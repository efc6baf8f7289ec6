"""The calls about AMIs, with the checks and fields that EC2 has."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.utils import generic_filter, random_ami_id

from .config import ACCOUNT
from .errors import AwsError
from .image import Image
from .image_attributes import describe_attribute, modify_attribute
from .keys import sealing
from .mend import Response, mend, refuse, tags_for
from .pending import Pending
from .snapshots import BlockSnapshot, copy_snapshot
from .tokens import Tokens

#: Fields that an image keeps as they were given; the rest has defaults of its own.
KEPT = ("Description", "BootMode", "ImdsSupport", "TpmSupport", "EnaSupport", "SriovNetSupport")
NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}$")


class Images:
    def __init__(self, folder: Path, pending: Pending) -> None:
        self._folder = folder
        self._pending = pending
        self._tokens: Tokens[str] = Tokens(
            AwsError("IdempotentParameterMismatch", "The client token was used for a request that was not the same.")
        )
        mend(
            AmisResponse,
            register_image=self._register,
            copy_image=self._copy,
            describe_images=self._describe,
            deregister_image=self._deregister,
            enable_image_deprecation=self._enable_deprecation,
            disable_image_deprecation=self._disable_deprecation,
            describe_image_attribute=lambda response: describe_attribute(self.find(response), response),
            modify_image_attribute=lambda response: modify_attribute(self.find(response), response),
        )

    def clear(self) -> None:
        self._tokens.clear()

    def find(self, response: Response, parameter: str = "ImageId", backend: Any = None) -> Image:
        identifier = response._get_param(parameter) or ""
        if not re.fullmatch(r"ami-[0-9a-f]+", identifier):
            raise refuse("InvalidAMIID.Malformed", f'Invalid id: "{identifier}"')
        image = (backend or response.ec2_backend).amis.get(identifier)
        if not isinstance(image, Image):
            raise refuse("InvalidAMIID.NotFound", f"The image id '[{identifier}]' does not exist")
        return image

    def add(self, backend: Any, name: str, fields: dict[str, Any], tags: dict[str, str], reads: bool = True) -> Image:
        countdown = self._pending.start() if reads else Pending(0).start()
        image = Image(backend, random_ami_id(), name, fields, countdown)
        backend.amis[image.id] = image
        if tags:
            image.add_tags(tags)
        return image

    def _register(self, response: Response) -> ActionResult:
        backend = response.ec2_backend
        name = self._new_name(response)
        root = response._get_param("RootDeviceName") or "/dev/sda1"
        architecture = response._get_param("Architecture") or "i386"
        boot_mode = response._get_param("BootMode")
        if architecture == "arm64" and boot_mode == "legacy-bios":
            raise refuse("InvalidParameterCombination", "An arm64 image can't have the boot mode legacy-bios.")
        mappings = [mapped(backend, mapping) for mapping in response._get_param("BlockDeviceMappings", [])]
        if not any(mapping["DeviceName"] == root and "SnapshotId" in mapping.get("Ebs", {}) for mapping in mappings):
            raise refuse("InvalidBlockDeviceMapping", f"The root device {root} is not mapped to a snapshot.")
        given = {key: response._get_param(key) for key in KEPT}
        fields = {
            "Architecture": architecture,
            "VirtualizationType": response._get_param("VirtualizationType") or "paravirtual",
            "RootDeviceName": root,
            "BlockDeviceMappings": mappings,
            **{key: value for key, value in given.items() if value is not None},
        }
        image = self.add(backend, name, fields, tags_for(response, "image"))
        return ActionResult({"ImageId": image.id})

    def _copy(self, response: Response) -> ActionResult:
        region = response._get_param("SourceRegion")
        source = self.find(response, "SourceImageId", ec2_backends[ACCOUNT][region])
        if source.state != "available":
            raise refuse("InvalidAMIID.Unavailable", f"The image {source.id} is {source.state}.")
        request = {key: value for key, value in response.params.items() if key != "ClientToken"}

        def create() -> str:
            return self._copied(response, region, source, self._new_name(response))

        return ActionResult(
            {"ImageId": self._tokens.once(response.region, response._get_param("ClientToken"), request, create)}
        )

    def _copied(self, response: Response, region: str, source: Image, name: str) -> str:
        fields = {**source.fields, "BlockDeviceMappings": []}
        if response._get_param("Description") is not None:
            fields["Description"] = response._get_param("Description")
        tags = tags_for(response, "image")
        if response._get_param("CopyImageTags"):
            tags = {**{tag["key"]: tag["value"] for tag in source.get_tags()}, **tags}
        fields.update({"SourceImageId": source.id, "SourceImageRegion": region})
        image = self.add(response.ec2_backend, name, fields, tags)
        for mapping in source.block_device_mappings:
            snapshot = source.ec2_backend.snapshots.get(mapping.get("Ebs", {}).get("SnapshotId"))
            if isinstance(snapshot, BlockSnapshot):
                why = (
                    f"Copied for DestinationAmi {image.id} from SourceAmi {source.id} for SourceSnapshot {snapshot.id}."
                )
                encrypted = snapshot.encrypted or bool(response._get_param("Encrypted"))
                key = sealing(response.region, encrypted, response._get_param("KmsKeyId"))
                copy = copy_snapshot(snapshot, response.region, why, self._folder, self._pending, key)
                copy.add_tags(tags_for(response, "snapshot"))
                mapping = {**mapping, "Ebs": {**mapping["Ebs"], "SnapshotId": copy.id, "Encrypted": copy.encrypted}}
            fields["BlockDeviceMappings"].append(mapping)
        return image.id

    def _describe(self, response: Response) -> ActionResult:
        backend = response.ec2_backend
        asked: list[str] = response._get_param("ImageIds", [])
        images = [image for image in backend.amis.values() if isinstance(image, Image)]
        missing = sorted(set(asked) - {image.id for image in images})
        if missing:
            raise refuse("InvalidAMIID.NotFound", f"The image ids '[{', '.join(missing)}]' do not exist")
        if asked:
            images = [image for image in images if image.id in asked]
        owners = [ACCOUNT if owner == "self" else owner for owner in response._get_param("Owners", [])]
        if owners:
            images = [image for image in images if image.owner_id in owners or image.owner_alias in owners]
        users = [ACCOUNT if user == "self" else user for user in response._get_param("ExecutableUsers", [])]
        if users:
            images = [image for image in images if granted(image, users)]
        if not response._get_param("IncludeDeprecated"):
            images = [image for image in images if not image.deprecated() or image.owner_id == ACCOUNT]
        for image in images:
            image.read()
        filters = response._filters_from_querystring()
        if filters:
            images = generic_filter(filters, images)
        return ActionResult({"Images": [image.describe() for image in images]})

    def _deregister(self, response: Response) -> ActionResult:
        image = self.find(response)
        backend = response.ec2_backend
        del backend.amis[image.id]
        backend.tags.pop(image.id, None)
        deleted = []
        if response._get_param("DeleteAssociatedSnapshots"):
            for identifier in image.snapshot_ids:
                backend.delete_snapshot(identifier)
                deleted.append({"SnapshotId": identifier, "ReturnCode": "success"})
        return ActionResult({"Return": True, "DeleteSnapshotResults": deleted})

    def _enable_deprecation(self, response: Response) -> ActionResult:
        image = self.find(response)
        when = response._get_param("DeprecateAt")
        if not isinstance(when, datetime.datetime):
            when = datetime.datetime.fromisoformat(str(when).replace("Z", "+00:00"))
        when = when.astimezone(datetime.UTC).replace(tzinfo=None) if when.tzinfo else when
        if when <= utcnow():
            raise refuse("InvalidParameterValue", f"The deprecation date {when}Z is in the past.")
        # EC2 keeps no seconds.
        image.deprecation_time = (when + datetime.timedelta(seconds=30)).replace(second=0, microsecond=0)
        return ActionResult({"Return": True})

    def _disable_deprecation(self, response: Response) -> ActionResult:
        self.find(response).deprecation_time = None
        return ActionResult({"Return": True})

    def _new_name(self, response: Response) -> str:
        name = response._get_param("Name") or ""
        if not NAME.match(name):
            raise refuse(
                "InvalidAMIName.Malformed",
                "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, "
                "'(', ')', '.', '-', '/' and '_'",
            )
        for image in response.ec2_backend.amis.values():
            if image.name == name and image.owner_id == ACCOUNT:
                raise refuse("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")
        return str(name)


def mapped(backend: Any, mapping: dict[str, Any]) -> dict[str, Any]:
    """A mapping with the defaults that EC2 fills in."""
    ebs = mapping.get("Ebs")
    if ebs is None:
        return mapping
    size = ebs.get("VolumeSize")
    if "SnapshotId" in ebs:
        snapshot = backend.snapshots.get(ebs["SnapshotId"])
        if snapshot is None:
            raise refuse("InvalidSnapshot.NotFound", f"The snapshot '{ebs['SnapshotId']}' does not exist.")
        if snapshot.status != "completed":
            raise refuse("IncorrectState", f"Snapshot {ebs['SnapshotId']} is in the state {snapshot.status}.")
        if size is not None and size < snapshot.volume_size:
            raise refuse(
                "InvalidBlockDeviceMapping",
                f"Volume of size {size}GB is smaller than snapshot '{ebs['SnapshotId']}', expect size>= {snapshot.volume_size}GB",
            )
        size = size or snapshot.volume_size
        ebs = {**ebs, "Encrypted": bool(snapshot.encrypted)}
    defaults = {"DeleteOnTermination": True, "VolumeType": "gp2", "Encrypted": False}
    return {"DeviceName": mapping["DeviceName"], "Ebs": {**defaults, **ebs, "VolumeSize": size}}


def granted(image: Image, users: list[str]) -> bool:
    return any(
        permission.get("Group") in users or permission.get("UserId") in users for permission in image.launch_permissions
    )
