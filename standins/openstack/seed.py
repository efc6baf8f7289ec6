"""The service users, the catalog, and a project of an ordinary user with a network, a flavor and a floating IP to have."""

import os
import sys

import openstack

PORTS = {name: os.environ[f"{name}_PORT"] for name in ("KEYSTONE", "GLANCE", "PLACEMENT", "NEUTRON", "NOVA")}

#: Where somebody answers at an instance's address, that is one of loopback.
BLOCK = os.environ.get("ADDRESS_BLOCK")
INNER = f"127.{BLOCK}.0.0/24" if BLOCK else "10.9.0.0/24"


def connect():
    return openstack.connect(
        auth_url=f"http://127.0.0.1:{PORTS['KEYSTONE']}/v3",
        username="admin",
        password="secret",
        project_name="admin",
        user_domain_id="default",
        project_domain_id="default",
        region_name="RegionOne",
    )


SERVICES = (
    ("image", "glance", f"http://127.0.0.1:{PORTS['GLANCE']}"),
    ("placement", "placement", f"http://127.0.0.1:{PORTS['PLACEMENT']}"),
    ("network", "neutron", f"http://127.0.0.1:{PORTS['NEUTRON']}"),
    ("compute", "nova", f"http://127.0.0.1:{PORTS['NOVA']}/v2.1"),
)


def role(identity, name):
    return identity.find_role(name) or identity.create_role(name=name)


def seed_identity():
    identity = connect().identity
    service = identity.create_project(name="service", domain_id="default")
    for kind, name, url in SERVICES:
        user = identity.create_user(name=name, password="secret", domain_id="default", default_project_id=service.id)
        for one in ("admin", "service"):
            identity.assign_project_role_to_user(service, user, role(identity, one))
        made = identity.create_service(name=name, type=kind)
        for interface in ("public", "internal", "admin"):
            identity.create_endpoint(service_id=made.id, interface=interface, url=url, region_id="RegionOne")
    for name, granted in (("farm", "member"), ("neighbour", "member"), ("onlooker", "reader")):
        project = identity.create_project(name=name, domain_id="default")
        user = identity.create_user(name=name, password="farm-secret", domain_id="default")
        identity.assign_project_role_to_user(project, user, role(identity, granted))


def seed_network():
    # Neutron's migrations would have written these: what a new security group lets out. (Anew: the catalog has changed.)
    network = connect().network
    for ethertype in ("IPv4", "IPv6"):
        network.create_default_security_group_rule(
            direction="egress", ethertype=ethertype, used_in_default_sg=True, used_in_non_default_sg=True
        )
    inner = network.create_network(name="general", shared=True)
    # Without an agent for DHCP, ports of a subnet that has it would wait for ever.
    subnet = network.create_subnet(network_id=inner.id, ip_version=4, cidr=INNER, enable_dhcp=False)
    outer = network.create_network(
        name="outside", is_router_external=True, provider_network_type="flat", provider_physical_network="public"
    )
    network.create_subnet(network_id=outer.id, ip_version=4, cidr="192.0.2.0/24", enable_dhcp=False)
    router = network.create_router(name="way-out", external_gateway_info={"network_id": outer.id})
    network.add_interface_to_router(router, subnet_id=subnet.id)


def seed_compute():
    compute = connect().compute
    compute.create_flavor(name="builder", ram=2048, vcpus=2, disk=20)
    compute.create_flavor(name="diskless", ram=2048, vcpus=2, disk=0)


{"before-nova": lambda: (seed_identity(), seed_network()), "after-nova": seed_compute}[sys.argv[1]]()
