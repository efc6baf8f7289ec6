"""
What a call asks of IAM: each action with each resource that it touches, and the keys that conditions look at. As in
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html, for the actions in use here;
any other action is asked with the resource `*`.
"""

from __future__ import annotations

import json

from moto.ec2.models import ec2_backends

from .call import Call, nested
from .config import ACCOUNT
from .keys import asked_of_kms, key_questions
from .policy import Question
from .references import reading_questions

#: By action: the parameters that name existing resources, with their kinds.
EXISTING: dict[str, list[tuple[str, str]]] = {
    **{
        action: [("InstanceId", "instance")]
        for action in (
            "TerminateInstances", "StopInstances", "StartInstances", "RebootInstances", "ModifyInstanceAttribute",
            "ModifyInstanceMetadataOptions", "DescribeInstanceAttribute", "GetInstanceUefiData",
        )
    },
    **{
        action: [("GroupId", "security-group")]
        for action in (
            "DeleteSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
        )
    },
    **{
        action: [("ImageId", "image")]
        for action in (
            "DeregisterImage", "ModifyImageAttribute", "DescribeImageAttribute", "EnableImageDeprecation",
            "DisableImageDeprecation",
        )
    },
    **{
        action: [("SnapshotId", "snapshot")]
        for action in ("DeleteSnapshot", "ModifySnapshotAttribute", "DescribeSnapshotAttribute")
    },
    "DeleteVolume": [("VolumeId", "volume")],
    "ModifyVolume": [("VolumeId", "volume")],
    "DeleteNetworkInterface": [("NetworkInterfaceId", "network-interface")],
    "ModifyNetworkInterfaceAttribute": [("NetworkInterfaceId", "network-interface")],
    "AttachVolume": [("VolumeId", "volume"), ("InstanceId", "instance")],
    "DetachVolume": [("VolumeId", "volume"), ("InstanceId", "instance")],
    "CreateSnapshot": [("VolumeId", "volume")],
    "CreateSecurityGroup": [("VpcId", "vpc")],
    "CancelSpotInstanceRequests": [("SpotInstanceRequestId", "spot-instances-request")],
    "RegisterImage": [("BlockDeviceMapping.*.Ebs.SnapshotId", "snapshot")],
    "RunInstances": [
        ("ImageId", "image"), ("SubnetId", "subnet"), ("NetworkInterface.*.SubnetId", "subnet"),
        ("SecurityGroupId", "security-group"), ("NetworkInterface.*.SecurityGroupId", "security-group"),
        ("BlockDeviceMapping.*.Ebs.SnapshotId", "snapshot"),
    ],
}  # fmt: skip

#: By action: the kinds of what it makes.
MADE: dict[str, list[str]] = {
    "RunInstances": ["instance", "network-interface", "volume"],
    "CreateVolume": ["volume"],
    "CreateSnapshot": ["snapshot"],
    "CreateSecurityGroup": ["security-group"],
    "RegisterImage": ["image"],
    "CopyImage": ["image", "snapshot"],
}

#: Kinds whose ARNs name no account.
SHARED = {"image", "snapshot"}


def questions(call: Call) -> list[Question]:
    action = f"{call.service}:{call.action}"
    common = {"aws:requestedregion": [call.region], "ec2:region": [call.region]}
    match call.service:
        case "ec2":
            return [*of_ec2(call, common), *key_questions(call, common), *reading_questions(call, common)]
        case "ebs":
            return [*of_ebs(call, action, common), *key_questions(call, common)]
        case "sts":
            return [Question(action, call.params.get("RoleArn", "*"), common)]
        case "kms":
            return [Question(action, asked_of_kms(call), common)]
        case "iam":
            return [Question(action, iam_resource(call), common)]
    return [Question(action, "*", common)]


def of_ec2(call: Call, common: dict[str, list[str]]) -> list[Question]:
    action = f"ec2:{call.action}"
    tags_of = request_tags(call)
    asked: list[Question] = []
    for parameter, kind in EXISTING.get(call.action, []):
        for identifier in sorted(set(values(call, parameter))):
            asked.append(existing(action, call.region, kind, identifier, common))
    if call.action == "CopyImage":
        source = call.params.get("SourceRegion", call.region)
        asked.append(existing(action, source, "image", call.params.get("SourceImageId", "*"), common))
    spot = call.params.get("InstanceMarketOptions.MarketType") == "spot"
    for kind in [*MADE.get(call.action, []), *(["spot-instances-request"] if spot else [])]:
        keys = launch_keys(call, kind) if call.action == "RunInstances" else {}
        asked.append(
            Question(action, arn(call.region, kind, "*"), {**common, **keys, **tag_keys(tags_of.get(kind, {}))})
        )
    if call.action in ("ImportKeyPair", "CreateKeyPair"):
        resource = arn(call.region, "key-pair", call.params.get("KeyName", "*"))
        asked.append(Question(action, resource, {**common, **tag_keys(tags_of.get("key-pair", {}))}))
    if call.action in ("DeleteKeyPair", "RunInstances") and ("KeyName" in call.params or "KeyPairId" in call.params):
        asked.append(key_pair(call, action, common))
    if call.action in ("CreateTags", "DeleteTags"):
        tags = {item.get("Key", ""): item.get("Value", "") for item in nested(call.params, "Tag")}
        for identifier in values(call, "ResourceId"):
            question = existing(action, call.region, kind_of(identifier), identifier, common)
            asked.append(Question(action, question.resource, {**question.context, **tag_keys(tags)}))
    elif tags_of:
        for kind, tags in tags_of.items():
            context = {**common, **tag_keys(tags), "ec2:createaction": [call.action]}
            asked.append(Question("ec2:CreateTags", arn(call.region, kind, "*"), context))
    return asked or [Question(action, "*", common)]


def of_ebs(call: Call, action: str, common: dict[str, list[str]]) -> list[Question]:
    if call.action == "StartSnapshot":
        tags = {tag["Key"]: tag["Value"] for tag in json.loads(call.body or b"{}").get("Tags", [])}
        context = {**common, **tag_keys(tags)}
        made = [action, "ec2:CreateTags"] if tags else [action]
        return [Question(one, arn(call.region, "snapshot", "*"), context) for one in made]
    named = [call.params[key] for key in ("SnapshotId", "SecondSnapshotId", "firstSnapshotId") if key in call.params]
    return [existing(action, call.region, "snapshot", identifier, common) for identifier in named]


def launch_keys(call: Call, kind: str) -> dict[str, list[str]]:
    """What RunInstances says of each kind of thing that it makes."""
    match kind:
        case "instance":
            return instance_keys(call)
        case "network-interface":
            faces = nested(call.params, "NetworkInterface")
            public = any(face.get("AssociatePublicIpAddress") == "true" for face in faces)
            return {"ec2:associatepublicipaddress": [str(public).lower()]}
        case "volume":
            volumes = nested(call.params, "BlockDeviceMapping")
            sealed = bool(volumes) and all(volume.get("Ebs.Encrypted") == "true" for volume in volumes)
            return {"ec2:encrypted": [str(sealed).lower()]}
    return {}


def instance_keys(call: Call) -> dict[str, list[str]]:
    keys = {
        "ec2:instancetype": call.params.get("InstanceType"),
        "ec2:instancemarkettype": call.params.get("InstanceMarketOptions.MarketType", "on-demand"),
        "ec2:metadatahttptokens": call.params.get("MetadataOptions.HttpTokens", "optional"),
    }
    return {key: [value] for key, value in keys.items() if value is not None}


def existing(action: str, region: str, kind: str, identifier: str, common: dict[str, list[str]]) -> Question:
    tags = ec2_backends[ACCOUNT][region].tags.get(identifier, {})
    return Question(
        action, arn(region, kind, identifier), {**common, **resource_keys(tags), **owner(region, kind, identifier)}
    )


def key_pair(call: Call, action: str, common: dict[str, list[str]]) -> Question:
    name = call.params.get("KeyName")
    for pair in ec2_backends[ACCOUNT][call.region].key_pairs.values():
        if pair.key_name == name or pair.id == call.params.get("KeyPairId"):
            tags = ec2_backends[ACCOUNT][call.region].tags.get(pair.id, {})
            return Question(action, arn(call.region, "key-pair", pair.key_name), {**common, **resource_keys(tags)})
    return Question(action, arn(call.region, "key-pair", name or "*"), common)


def owner(region: str, kind: str, identifier: str) -> dict[str, list[str]]:
    image = ec2_backends[ACCOUNT][region].amis.get(identifier) if kind == "image" else None
    if image is None:
        return {}
    return {"ec2:owner": [value for value in (image.owner_id, image.owner_alias) if value]}


def request_tags(call: Call) -> dict[str, dict[str, str]]:
    """By kind of resource."""
    found: dict[str, dict[str, str]] = {}
    for specification in nested(call.params, "TagSpecification", "TagSpecifications"):
        tags = found.setdefault(specification.get("ResourceType", ""), {})
        for tag in nested(specification, "Tag", "Tags"):
            tags[tag.get("Key", "")] = tag.get("Value", "")
    return {kind: tags for kind, tags in found.items() if tags}


def tag_keys(tags: dict[str, str]) -> dict[str, list[str]]:
    if not tags:
        return {}
    return {**{f"aws:requesttag/{key.lower()}": [value] for key, value in tags.items()}, "aws:tagkeys": list(tags)}


def resource_keys(tags: dict[str, str]) -> dict[str, list[str]]:
    return {f"{prefix}:resourcetag/{key.lower()}": [value] for key, value in tags.items() for prefix in ("aws", "ec2")}


def values(call: Call, parameter: str) -> list[str]:
    """Of a parameter that may be a list, or lie in one: `InstanceId`, `NetworkInterface.*.SubnetId`."""
    before, star, after = parameter.partition(".*.")
    if star:
        items = nested(call.params, before)
        direct = [item[after] for item in items if after in item]
        return direct + [entry[""] for item in items for entry in nested(item, after) if "" in entry]
    single = [call.params[parameter]] if parameter in call.params else []
    return single + [item[""] for item in nested(call.params, parameter) if "" in item]


def arn(region: str, kind: str, identifier: str) -> str:
    return f"arn:aws:ec2:{region}:{'' if kind in SHARED else ACCOUNT}:{kind}/{identifier}"


def kind_of(identifier: str) -> str:
    prefixes = {
        "i": "instance", "vol": "volume", "snap": "snapshot", "ami": "image", "sg": "security-group", "key": "key-pair",
        "sir": "spot-instances-request", "eni": "network-interface", "subnet": "subnet", "vpc": "vpc",
    }  # fmt: skip
    return prefixes.get(identifier.partition("-")[0], "*")


def iam_resource(call: Call) -> str:
    for parameter in ("PolicySourceArn", "PolicyArn"):
        if parameter in call.params:
            return call.params[parameter]
    for parameter, kind in (("RoleName", "role"), ("UserName", "user")):
        if parameter in call.params:
            return f"arn:aws:iam::{ACCOUNT}:{kind}/{call.params[parameter]}"
    return "*"
