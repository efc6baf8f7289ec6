"""What RunInstances checks before it starts anything, and what it fills in from the image."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from .image import Image
from .mend import Response, refuse


def find_image(response: Response) -> Image:
    identifier = response._get_param("ImageId")
    image = response.ec2_backend.amis.get(identifier)
    if not isinstance(image, Image):
        raise refuse("InvalidAMIID.NotFound", f"The image id '[{identifier}]' does not exist")
    if image.state != "available":
        raise refuse("InvalidAMIID.Unavailable", f"The image {identifier} is {image.state}: it can't be used yet.")
    return image


def check_type(response: Response, image: Image) -> None:
    """The type must exist, be of the image's architecture, and be offered in the zone."""
    name = response._get_param("InstanceType") or "m1.small"
    known = INSTANCE_TYPES.get(name)
    if known is None:
        raise refuse("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    architectures = known["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture not in architectures:
        raise refuse(
            "InvalidParameterValue",
            f"The architecture '{','.join(architectures)}' of the specified instance type does not match the "
            f"architecture '{image.architecture}' of the specified AMI.",
        )
    subnet = response._get_param("SubnetId") or next(
        (nic["SubnetId"] for nic in response._get_param("NetworkInterfaces", []) if "SubnetId" in nic), None
    )
    zone = response.ec2_backend.get_subnet(subnet).availability_zone if subnet else None
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(response.region, [])
    if zone and not any(o["InstanceType"] == name and o["Location"] == zone for o in offered):
        raise refuse(
            "Unsupported",
            f"Your requested instance type ({name}) is not supported in your requested Availability Zone ({zone}).",
        )


def fill_in(response: Response, image: Image) -> None:
    """The image's disks under those of the request; and IMDSv2 where the image asks for it."""
    given = {mapping["DeviceName"]: mapping for mapping in response._get_param("BlockDeviceMappings", [])}
    merged = [merge(mapping, given.pop(mapping["DeviceName"], {})) for mapping in image.block_device_mappings]
    response.params["BlockDeviceMappings"] = [*merged, *given.values()]
    if image.fields.get("ImdsSupport") == "v2.0":
        options = response.params.setdefault("MetadataOptions", {})
        options.setdefault("HttpTokens", "required")


def merge(of_image: dict[str, Any], of_request: dict[str, Any]) -> dict[str, Any]:
    ebs = {**of_image.get("Ebs", {}), **of_request.get("Ebs", {})}
    least = of_image.get("Ebs", {}).get("VolumeSize", 0)
    if ebs.get("VolumeSize", least) < least:
        raise refuse(
            "InvalidBlockDeviceMapping",
            f"Volume of size {ebs['VolumeSize']}GB is smaller than snapshot of the image, expect size >= {least}GB",
        )
    return {**of_image, **of_request, "Ebs": ebs}
