"""The stock images that are there from the start: what a distribution publishes, in each region."""

from __future__ import annotations

from typing import Any

from .ami import Images
from .config import StockImage
from .image import Image


def add_stock_images(images: Images, backend: Any, stock: list[StockImage]) -> None:
    for image in stock:
        fields = {
            "OwnerId": image.owner,
            "Description": f"{image.name} (of the emulator)",
            "Architecture": image.architecture,
            "VirtualizationType": "hvm",
            "BootMode": "uefi" if image.architecture == "arm64" else "uefi-preferred",
            "ImdsSupport": "v2.0",
            "EnaSupport": True,
            "SriovNetSupport": "simple",
            "RootDeviceName": image.root_device_name,
            "BlockDeviceMappings": [root(image.root_device_name)],
        }
        added = images.add(backend, image.name, fields, {}, reads=False)
        added.state = "available"
        added.launch_permissions.append({"Group": "all"})


def is_stock(image: Image) -> bool:
    """Its disk is the one that the emulator was given, not a snapshot's."""
    return image.root_snapshot() is None


def root(device: str) -> dict[str, Any]:
    ebs = {"VolumeSize": 5, "VolumeType": "gp3", "DeleteOnTermination": True, "Encrypted": False}
    return {"DeviceName": device, "Ebs": ebs}
