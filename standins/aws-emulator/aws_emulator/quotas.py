"""Quotas, as Service Quotas names them: moto knows those of VPC only."""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from .config import ACCOUNT
from .errors import AwsError
from .mend import Response, mend

#: By service and code, with the values that AWS starts accounts with or raises them to.
#: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html counts vCPUs.
QUOTAS = {
    "ec2": {
        "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 1152.0),
        "L-34B43A08": ("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 640.0),
        "L-DB2E81BA": ("Running On-Demand G and VT instances", 64.0),
        "L-3819A6DF": ("All G and VT Spot Instance Requests", 64.0),
        "L-B665C33B": ("AMIs", 50000.0),
        "L-0E3CBAB9": ("Public AMIs", 5.0),
    },
    "ebs": {"L-309BACF6": ("Snapshots per Region", 100000.0)},
}


def mend_quotas() -> None:
    mend(
        ServiceQuotasResponse,
        list_service_quotas=listed,
        list_aws_default_service_quotas=listed,
        get_service_quota=one,
        get_aws_default_service_quota=one,
    )


def listed(response: Response) -> str:
    service = parameter(response, "ServiceCode")
    known = QUOTAS.get(service)
    if known is None:
        raise AwsError("NoSuchResourceException", f"The request failed because the service {service} does not exist.")
    return json.dumps({"Quotas": [quota(response.region, service, code) for code in known]})


def one(response: Response) -> str:
    service, code = parameter(response, "ServiceCode"), parameter(response, "QuotaCode")
    if code not in QUOTAS.get(service, {}):
        raise AwsError("NoSuchResourceException", f"There is no quota {code} of {service}.")
    return json.dumps({"Quota": quota(response.region, service, code)})


def quota(region: str, service: str, code: str) -> dict[str, Any]:
    name, value = QUOTAS[service][code]
    return {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{service}/{code}",
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def parameter(response: Response, name: str) -> str:
    return str(json.loads(response.body).get(name))
