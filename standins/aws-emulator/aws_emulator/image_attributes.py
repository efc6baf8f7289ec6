"""What can be changed of an AMI after it is registered: who may start it, and a few words about it."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from .image import Image
from .mend import Response, refuse

#: By the name of the attribute: the field of the image, and of the answer.
SIMPLE = {
    "description": "Description",
    "bootMode": "BootMode",
    "imdsSupport": "ImdsSupport",
    "tpmSupport": "TpmSupport",
    "sriovNetSupport": "SriovNetSupport",
}


def describe_attribute(image: Image, response: Response) -> ActionResult:
    attribute = response._get_param("Attribute")
    result: dict[str, Any] = {"ImageId": image.id}
    if attribute == "launchPermission":
        result["LaunchPermissions"] = list(image.launch_permissions)
    elif attribute in SIMPLE:
        result[SIMPLE[attribute]] = {"Value": image.fields.get(SIMPLE[attribute])}
    elif attribute == "productCodes":
        result["ProductCodes"] = []
    elif attribute == "blockDeviceMapping":
        raise refuse("AuthFailure", "Unauthorized attempt to access restricted resource")
    else:
        raise refuse("InvalidParameterValue", f"Value ({attribute}) for parameter attribute is invalid.")
    return ActionResult(result)


def modify_attribute(image: Image, response: Response) -> EmptyResult:
    permission = response._get_param("LaunchPermission", {})
    add, remove = list(permission.get("Add", [])), list(permission.get("Remove", []))
    operation = response._get_param("OperationType")
    if operation is not None:
        named = [{"Group": group} for group in response._get_param("UserGroups", [])]
        named += [{"UserId": user} for user in response._get_param("UserIds", [])]
        (add if operation == "add" else remove).extend(named)
    for entry in [*add, *remove]:
        check_permission(entry)
    image.launch_permissions[:] = [entry for entry in image.launch_permissions if entry not in remove]
    image.launch_permissions.extend(entry for entry in add if entry not in image.launch_permissions)
    for field in ("Description", "ImdsSupport"):
        value = response._get_param(field)
        value = value.get("Value") if isinstance(value, dict) else value
        if response._get_param("Attribute") in (field, field[0].lower() + field[1:]):
            value = response._get_param("Value")
        if value is not None:
            image.fields[field] = value
    return EmptyResult()


def check_permission(entry: dict[str, str]) -> None:
    user, group = entry.get("UserId"), entry.get("Group")
    if user is not None and not (len(user) == 12 and user.isdigit()):
        raise refuse("InvalidAMIAttributeItemValue", f'Invalid attribute item value "{user}" for userId item type.')
    if group is not None and group != "all":
        raise refuse("InvalidAMIAttributeItemValue", f'Invalid attribute item value "{group}" for userGroup item type.')
