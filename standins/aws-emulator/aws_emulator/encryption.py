"""Encryption by default and block public access, as far as they are asked about: moto knows the switch of the first alone."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from .keys import AMAZONS, own_default
from .mend import Response, mend


def mend_encryption() -> None:
    mend(EC2Response, get_ebs_default_kms_key_id=default_key, get_image_block_public_access_state=unblocked)


def default_key(response: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html"""
    return ActionResult({"KmsKeyId": own_default(response.region) or AMAZONS})


def unblocked(_: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html"""
    return ActionResult({"ImageBlockPublicAccessState": "unblocked"})
