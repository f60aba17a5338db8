"""The zones a node group launches in, as far as a ClusterConfig says.

Source: eksctl's pkg/apis/eksctl.io/v1alpha5/vpc.go (AZSubnetMapping: the key of a subnet is its
zone or any name) and pkg/vpc/vpc.go (a group without zones and subnets takes the cluster's).
"""

import re
from collections.abc import Mapping

from kubestow.adapters.eksctl.wire import (
    ConfigShape,
    GroupShape,
    SubnetShape,
    SubnetsShape,
    VpcShape,
)

_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", re.ASCII)


def subnet_zone(key: str, subnet: SubnetShape) -> str:
    """Return a subnet's zone; empty where its key is another name and it names no zone."""
    return subnet.az or (key if _ZONE.fullmatch(key) else "")


def group_zones(config: ConfigShape, group: GroupShape) -> tuple[str, ...] | None:
    """Return the zones of a group; empty for all of the region, None if they are not known."""
    vpc = config.vpc or VpcShape()
    subnets = vpc.subnets or SubnetsShape()
    if group.availability_zones:
        return tuple(group.availability_zones)
    if group.subnets:
        placed = _by_name(subnets.private) | _by_name(subnets.public)
        return _known([placed.get(name, "") for name in group.subnets])
    of_cluster = subnets.private if group.private_networking else subnets.public
    if of_cluster:
        return _known([subnet_zone(key, s or SubnetShape()) for key, s in of_cluster.items()])
    return tuple(config.availability_zones or ())


def _by_name(subnets: Mapping[str, SubnetShape | None] | None) -> dict[str, str]:
    """Return the zone of each subnet by its key and its id."""
    zones: dict[str, str] = {}
    for key, item in (subnets or {}).items():
        subnet = item or SubnetShape()
        zone = subnet_zone(key, subnet)
        zones |= {key: zone, subnet.id or key: zone}
    return zones


def _known(zones: list[str]) -> tuple[str, ...] | None:
    return None if "" in zones else tuple(dict.fromkeys(zones))
