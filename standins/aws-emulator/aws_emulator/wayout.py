"""The network as AWS makes it for an account: the default VPC of a region has an internet gateway, and a route to it."""

from __future__ import annotations

from typing import Any


def add_way_out(backend: Any) -> None:
    """moto makes the VPC and its subnets only."""
    vpc = backend.get_default_vpc()
    if vpc is None:
        return
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    main = next(
        table for table in backend.route_tables.values() if table.vpc_id == vpc.id and table.main_association_id
    )
    backend.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
