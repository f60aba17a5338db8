"""The zones that a node group launches in."""

from typing import Any

import pytest

from kubestow.adapters.eksctl.group_zones import group_zones, subnet_zone
from kubestow.adapters.eksctl.wire import SubnetShape

from .builders import config

SUBNETS = {
    "private": {"us-east-1a": {"id": "s-a"}, "one": {"id": "s-b", "az": "us-east-1b"}},
    "public": {"us-east-1c": {"id": "s-c"}, "two": {"id": "s-d"}},
}
VPC = {"id": "vpc-1", "subnets": SUBNETS}


@pytest.mark.parametrize(
    ("group", "cluster", "zones"),
    [
        ({"availabilityZones": ["us-east-1f"]}, {"vpc": VPC}, ("us-east-1f",)),
        ({"subnets": ["one", "s-a"]}, {"vpc": VPC}, ("us-east-1b", "us-east-1a")),
        ({"subnets": ["s-d"]}, {"vpc": VPC}, None),
        ({"subnets": ["subnet-of-another-file"]}, {}, None),
        ({"privateNetworking": True}, {"vpc": VPC}, ("us-east-1a", "us-east-1b")),
        ({}, {"vpc": VPC}, None),
        ({}, {"availabilityZones": ["us-east-1a", "us-east-1d"]}, ("us-east-1a", "us-east-1d")),
        ({}, {}, ()),
    ],
)
def test_the_group_says_its_zones_or_the_cluster_does(
    group: dict[str, Any], cluster: dict[str, Any], zones: tuple[str, ...] | None
) -> None:
    made = config(managedNodeGroups=[{"name": "g"} | group], **cluster)
    assert group_zones(made.shape, made.groups[0].shape) == zones


@pytest.mark.parametrize(
    ("key", "zone"),
    [("us-east-1a", "us-east-1a"), ("ap-northeast-2c", "ap-northeast-2c"), ("private-1a", ""),
     ("us-gov-west-1b", "us-gov-west-1b"), ("app", "")],
)  # fmt: skip
def test_a_key_is_a_zone_only_if_it_has_the_form_of_one(key: str, zone: str) -> None:
    assert subnet_zone(key, SubnetShape()) == zone
    assert subnet_zone(key, SubnetShape(az="us-east-1e")) == "us-east-1e"
