"""
python -m testing.walk ENDPOINT SERVICE:ACTION...: calls each action, with what its model requires and every identifier that
was answered so far, and prints those that failed, as JSON. botocore's models make the requests: what is here are values.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

NAMES = {"servicequotas": "service-quotas"}
BLOCK = bytes(524288)
DIGEST = hashlib.sha256(BLOCK).digest()
SSH_RULE = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.1/32"}]}]
ROLE = "arn:aws:iam::123456789012:role/walked"
TRUST = [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
ALLOW = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
#: By the names of members, where not every text or number would do.
VALUES: dict[str, Any] = {
    "ActionNames": ["ec2:CopyImage"],
    "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": TRUST}),
    "BlockData": BLOCK,
    "BlockIndex": 0,
    "Checksum": base64.b64encode(DIGEST).decode(),
    "DataLength": len(BLOCK),
    "EncodedMessage": base64.urlsafe_b64encode(b"{}").decode(),
    "DeprecateAt": "2099-01-01T00:00:00Z",
    "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": ALLOW}),
    "PolicySourceArn": ROLE,
    "PublicKeyMaterial": b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN it",
    "QuotaCode": "L-1216C47A",
    "RoleArn": ROLE,
    "RoleName": "walked",
    "ServiceCode": "ec2",
    "SourceRegion": "us-east-1",
}
#: Members that no model requires, but the action does.
MORE: dict[str, dict[str, Any]] = {
    "AuthorizeSecurityGroupEgress": {"IpPermissions": SSH_RULE},
    "AuthorizeSecurityGroupIngress": {"IpPermissions": SSH_RULE},
    "CopyImage": {"Name": "walked-copy"},
    "CreateLaunchTemplate": {
        "LaunchTemplateName": "walked-template",
        "LaunchTemplateData": {"InstanceType": "t3.large"},
    },
    "CreateVolume": {"AvailabilityZone": "us-east-1a", "Size": 1},
    "DescribeImageAttribute": {"Attribute": "launchPermission"},
    "DescribeImageReferences": {"IncludeAllResourceTypes": True},
    "DescribeInstanceAttribute": {"Attribute": "userData"},
    "ModifyImageAttribute": {"LaunchPermission": {"Add": [{"UserId": "210987654321"}]}},
    "ModifyInstanceAttribute": {"DisableApiTermination": {"Value": False}},
    "RegisterImage": {"Architecture": "x86_64", "RootDeviceName": "/dev/sda1", "VirtualizationType": "hvm"},
    "RevokeSecurityGroupEgress": {"IpPermissions": SSH_RULE},
    "RevokeSecurityGroupIngress": {"IpPermissions": SSH_RULE},
    "RunInstances": {"InstanceType": "t3.large", "InstanceMarketOptions": {"MarketType": "spot"}},
}
#: The same thing under other names.
ALIASES = {"SecurityGroupIds": "GroupIds", "Groups": "GroupIds", "SourceImageId": "ImageId", "Resources": "ImageIds",
           "SecondSnapshotId": "SnapshotId", "SecurityGroupRuleIds": ""}  # fmt: skip
#: Of verbs, as things live.
ORDER = ("Start", "Put", "Complete", "Create", "Import", "Register", "Run", "Copy", "CreateTags",
         "PutRole", "PutUser", "Authorize", "Enable", "List", "Describe", "Get",
         "Modify", "Monitor", "Assume", "Simulate", "Decode", "Unmonitor", "Disable", "Revoke", "DeleteTags", "Cancel",
         "Terminate", "Deregister", "Delete")  # fmt: skip


def build(shape: Any, name: str) -> Any:
    if name in VALUES:
        return VALUES[name]
    match shape.type_name:
        case "structure":
            return {member: build(shape.members[member], member) for member in shape.required_members or shape.members}
        case "list":
            return [build(shape.member, name)]
        case "string":
            return shape.enum[0] if shape.enum else "walked"
        case "boolean":
            return True
    return 1


def learn(answer: Any, known: dict[str, Any]) -> None:
    """Identifiers, the first of each kind; `VolumeId` is good for `VolumeIds` too."""
    if isinstance(answer, list):
        for item in answer:
            learn(item, known)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if isinstance(value, str) and value and (name.endswith("Id") or name == "BlockToken"):
                known.setdefault(name, value)
                known.setdefault(f"{name}s", [value])
            learn(value, known)


def request(client: Any, action: str, known: dict[str, Any]) -> dict[str, Any]:
    shape = client.meta.service_model.operation_model(action).input_shape
    made: dict[str, Any] = {}
    for name, member in shape.members.items():
        identifier = known.get(ALIASES.get(name, name))
        if identifier is not None:
            made[name] = identifier
        elif name in shape.required_members:
            made[name] = build(member, name)
    return {**made, **MORE.get(action, {})}


def rank(action: str) -> tuple[int, str]:
    verb = max((verb for verb in ORDER if action.startswith(verb)), key=len)
    return ORDER.index(verb), action


def main(endpoint: str, actions: list[str]) -> None:
    def client(service: str) -> Any:
        options = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
        return boto3.client(NAMES.get(service, service), "us-east-1", endpoint_url=endpoint, config=options)

    clients = {service: client(service) for service in {action.split(":")[0] for action in actions}}
    ec2, known, failed = clients["ec2"], dict[str, Any](), dict[str, str]()
    learn(ec2.describe_subnets()["Subnets"][0], known)
    for service, action in sorted((one.split(":") for one in actions), key=lambda one: rank(one[1])):
        try:
            answer = getattr(clients[service], xform_name(action))(**request(clients[service], action, known))
            learn({name: value for name, value in answer.items() if name != "ResponseMetadata"}, known)
            if known.get("SnapshotId") and action == "CompleteSnapshot":
                mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": known["SnapshotId"]}}
                MORE["RegisterImage"]["BlockDeviceMappings"] = [mapping]
        except (ClientError, BotoCoreError) as error:
            failed[f"{service}:{action}"] = str(error)
        # What is on its way gets there by being looked at.
        ec2.describe_snapshots(OwnerIds=["self"]), ec2.describe_images(Owners=["self"]), ec2.describe_instances()
    print(json.dumps(failed))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
