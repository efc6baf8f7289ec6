"""What EC2 answers about instance types, and about CPU credits and UEFI data of an instance."""

from __future__ import annotations

import re

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses.instances import InstanceResponse

from .mend import Response, mend, refuse
from .models import model_of


def mend_reads() -> None:
    mend(InstanceResponse, describe_instance_credit_specifications=credits, get_instance_uefi_data=uefi_data)
    # moto's list of types is of another day than the SDK's models.
    known = model_of("ec2", "DescribeInstanceTypes").service_model.shape_for("SupportedAdditionalProcessorFeature").enum
    for of_type in INSTANCE_TYPES.values():
        processor = of_type["ProcessorInfo"]
        if "SupportedFeatures" in processor:
            processor["SupportedFeatures"] = [one for one in processor["SupportedFeatures"] if one in known]


def credits(response: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceCreditSpecifications.html"""
    found = [response.ec2_backend.get_instance(identifier) for identifier in response._get_param("InstanceIds", [])]
    for instance in found:
        if not INSTANCE_TYPES[instance.instance_type].get("BurstablePerformanceSupported"):
            message = f"The instance {instance.id} of type {instance.instance_type} has no CPU credits."
            raise refuse("InstanceCreditSpecification.NotSupported", message)
    return ActionResult(
        {
            "InstanceCreditSpecifications": [
                {
                    "InstanceId": instance.id,
                    "CpuCredits": "standard" if instance.instance_type.startswith("t2.") else "unlimited",
                }
                for instance in found
            ]
        }
    )


def uefi_data(response: Response) -> ActionResult:
    """The official plugin asks this of an image, which is an error that it does not mind."""
    identifier = response._get_param("InstanceId") or ""
    if not re.fullmatch(r"i-[0-9a-f]+", identifier):
        raise refuse("InvalidInstanceID.Malformed", f'Invalid id: "{identifier}" (expecting "i-...")')
    instance = response.ec2_backend.get_instance(identifier)
    return ActionResult({"InstanceId": instance.id, "UefiData": ""})
