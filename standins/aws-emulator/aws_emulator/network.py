"""Security groups of an instance are those of its primary interface, wherever they were given and whoever changed them."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance


def mend_groups() -> None:
    """moto shows on an instance only the groups that the request gave to the instance itself."""
    setattr(Instance, "security_groups", property(shown, given))
    setattr(NetworkInterface, "group_set", property(lambda interface: interface._group_set))


def shown(instance: Any) -> list[Any]:
    nics = getattr(instance, "nics", {})
    return list(nics[0]._group_set) if 0 in nics else list(instance.__dict__.get("_groups_given", []))


def given(instance: Any, groups: list[Any]) -> None:
    """Of a launch, before there is an interface, or of ModifyInstanceAttribute after it."""
    instance.__dict__["_groups_given"] = groups
    nics = getattr(instance, "nics", {})
    if 0 in nics:
        nics[0]._group_set = list(groups)
