"""What an account sets for all of a region, as far as it is asked about: moto knows the switch of encryption by default alone."""

from __future__ import annotations

import json

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.kms.responses import KmsResponse

from .keys import AMAZONS, own_default
from .mend import Response, mend


def mend_encryption() -> None:
    mend(
        EC2Response,
        get_ebs_default_kms_key_id=default_key,
        get_image_block_public_access_state=unblocked,
        get_allowed_images_settings=all_allowed,
        describe_vpc_block_public_access_options=public_access,
        describe_vpc_block_public_access_exclusions=no_exclusions,
    )
    mend(KmsResponse, list_grants=grants)


def default_key(response: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html"""
    return ActionResult({"KmsKeyId": own_default(response.region) or AMAZONS})


def unblocked(_: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html"""
    return ActionResult({"ImageBlockPublicAccessState": "unblocked"})


def all_allowed(_: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetAllowedImagesSettings.html"""
    return ActionResult({"State": "disabled", "ImageCriteria": [], "ManagedBy": "account"})


def public_access(_: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcBlockPublicAccessOptions.html"""
    options = {"InternetGatewayBlockMode": "off", "State": "default-state", "ManagedBy": "account"}
    return ActionResult({"VpcBlockPublicAccessOptions": {**options, "ExclusionsAllowed": "allowed"}})


def no_exclusions(_: Response) -> ActionResult:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcBlockPublicAccessExclusions.html"""
    return ActionResult({"VpcBlockPublicAccessExclusions": []})


def grants(response: Response) -> str:
    """
    Those of one principal, if one is named: moto gives all, with a member that KMS has not.
    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
    """
    found = response.kms_backend.list_grants(response._get_param("KeyId"), response._get_param("GrantId"))
    grantee = response._get_param("GranteePrincipal")
    all_of_them = [grant.to_json() for grant in found]
    kept = [one for one in all_of_them if grantee in (None, one["GranteePrincipal"])]
    return json.dumps({"Grants": kept, "Truncated": False})
