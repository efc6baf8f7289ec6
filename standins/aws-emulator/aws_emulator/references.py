"""
What names an AMI, DescribeImageReferences: instances and launch templates. There are no parameters of SSM here and no recipes.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-ami-references.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.amis import AmisResponse

from .call import Call, nested
from .config import ACCOUNT
from .mend import Response, mend, refuse
from .policy import Question

#: What EC2 reads in the caller's name, by what is asked for.
READS = {
    "ec2:Instance": ["ec2:DescribeInstances"],
    "ec2:LaunchTemplate": ["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"],
    "ssm:Parameter": ["ssm:DescribeParameters", "ssm:GetParameters"],
    "imagebuilder:ImageRecipe": ["imagebuilder:ListImageRecipes"],
    "imagebuilder:ContainerRecipe": ["imagebuilder:ListContainerRecipes", "imagebuilder:GetContainerRecipe"],
}
STATES = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]
OPTIONS = {"ec2:Instance": "state-name", "ec2:LaunchTemplate": "version-depth"}
#: By type: what is looked at, where nothing else is said.
DEFAULTS = {"ec2:Instance": STATES, "ec2:LaunchTemplate": ["10"]}
MOST_IMAGES = 10
LEAST_RESULTS = 5
PAGE = 100


def mend_references() -> None:
    mend(AmisResponse, describe_image_references=references)


def reading_questions(call: Call, common: dict[str, list[str]]) -> list[Question]:
    """A dry run reads nothing."""
    if call.dry_run or call.action != "DescribeImageReferences":
        return []
    named = [item.get("ResourceType", "") for item in nested(call.params, "ResourceType")]
    kinds = list(READS) if call.params.get("IncludeAllResourceTypes") == "true" else named
    through = {**common, "aws:calledvia": ["ec2-images.amazonaws.com"]}
    return [Question(action, "*", through) for kind in kinds for action in READS.get(kind, [])]


def references(response: Response) -> ActionResult:
    backend = response.ec2_backend
    images = wanted_images(response)
    wanted = wanted_types(response)
    found = [
        {"ImageId": image, "ResourceType": kind, "Arn": arn}
        for kind, read in (("ec2:Instance", of_instances), ("ec2:LaunchTemplate", of_templates))
        if kind in wanted
        for image, arn in read(backend, wanted[kind])
        if image in images
    ]
    return page(response, found)


def of_instances(backend: Any, states: list[str]) -> Iterator[tuple[str, str]]:
    for reservation in backend.reservations.values():
        for instance in reservation.instances:
            if instance.state in states:
                yield instance.image_id, f"arn:aws:ec2:{backend.region_name}:{ACCOUNT}:instance/{instance.id}"


def of_templates(backend: Any, depth: list[str]) -> Iterator[tuple[str, str]]:
    for template in backend.launch_templates.values():
        for image in {version.image_id for version in template.versions[-int(depth[0]) :]}:
            yield image, f"arn:aws:ec2:{backend.region_name}:{ACCOUNT}:launch-template/{template.id}"


def wanted_images(response: Response) -> list[str]:
    images: list[str] = response._get_param("ImageIds", [])
    if not images:
        raise refuse("MissingParameter", "The request must contain the parameter ImageId")
    if len(images) > MOST_IMAGES:
        raise refuse("InvalidParameterValue", f"You can specify up to {MOST_IMAGES} image ids.")
    for image in images:
        if not re.fullmatch(r"ami-[0-9a-f]+", image):
            raise refuse("InvalidAMIID.Malformed", f'Invalid id: "{image}"')
        if image not in response.ec2_backend.amis:
            raise refuse("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    return images


def wanted_types(response: Response) -> dict[str, list[str]]:
    """What is looked at of each type: states of instances, how many versions of a template."""
    named = response._get_param("ResourceTypes", [])
    everything = response._get_param("IncludeAllResourceTypes", False)
    if not named and not everything:
        raise refuse("MissingParameter", "Either IncludeAllResourceTypes or ResourceTypes must be specified.")
    wanted = {kind: DEFAULTS.get(kind, []) for kind in READS} if everything else {}
    for item in named:
        kind = item.get("ResourceType")
        if kind not in READS:
            raise refuse("InvalidParameterValue", f"Value ({kind}) for parameter ResourceType is invalid.")
        wanted[kind] = DEFAULTS.get(kind, [])
        for option in item.get("ResourceTypeOptions", []):
            wanted[kind] = option_values(kind, option)
    return wanted


def option_values(kind: str, option: dict[str, Any]) -> list[str]:
    name, values = option.get("OptionName"), option.get("OptionValues", [])
    if name != OPTIONS.get(kind):
        raise refuse("InvalidParameterCombination", f"The option {name} is not valid for the resource type {kind}.")
    right = all(value in STATES for value in values) if kind == "ec2:Instance" else is_depth(values)
    if not values or not right:
        raise refuse("InvalidParameterValue", f"Value ({', '.join(values)}) for the option {name} is invalid.")
    return list(values)


def is_depth(values: list[str]) -> bool:
    return len(values) == 1 and values[0].isdigit() and 1 <= int(values[0]) <= 10000


def page(response: Response, found: list[dict[str, str]]) -> ActionResult:
    most = response._get_param("MaxResults")
    if most is not None and int(most) < LEAST_RESULTS:
        raise refuse("InvalidParameterValue", f"Value ({most}) for parameter maxResults is invalid: at least 5.")
    token = response._get_param("NextToken") or "from-0"
    start = re.fullmatch(r"from-(\d+)", token)
    if start is None or int(start[1]) > len(found):
        raise refuse("InvalidNextToken", f"The token '{token}' is invalid.")
    first = int(start[1])
    end = first + int(most or PAGE)
    more = {"NextToken": f"from-{end}"} if end < len(found) else {}
    return ActionResult({"ImageReferences": found[first:end], **more})
