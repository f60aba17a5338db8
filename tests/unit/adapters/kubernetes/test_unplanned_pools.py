"""NodePools whose nodes are not known are left out by name, and what is not modelled is said."""

import pytest

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.karpenter_wire import NodeClassReference
from kubestow.adapters.kubernetes.unplanned_pools import pool_notes, why_unplanned
from kubestow.adapters.kubernetes.wire import SelectorExpression
from kubestow.model import labels as names

TENANCY = names.AWS_PREFIX + "instance-tenancy"


def need(key: str, operator: str, *values: str) -> SelectorExpression:
    return SelectorExpression(key, operator, list(values))


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        (need(names.OS, "In", "windows"), "it launches windows: kubestow plans Linux nodes"),
        (need("beta.kubernetes.io/os", "In", "windows"), "it launches windows"),
        (need(names.CAPACITY_TYPE, "In", "reserved"), "capacity reservations only"),
        (need(names.AWS_PREFIX + "capacity-reservation-id", "In", "cr-1"), "reservations are not"),
        (need(names.AWS_PREFIX + "placement-group-partition", "Exists"), "placement groups are"),
        (need(TENANCY, "In", "dedicated"), "dedicated instances and hosts are not in the catalog"),
        (need(TENANCY, "NotIn", "default"), "dedicated instances"),
    ],
)
def test_a_pool_of_unknown_nodes_says_why(requirement: SelectorExpression, reason: str) -> None:
    assert reason in why_unplanned([requirement], None)


@pytest.mark.parametrize(
    "requirement",
    [
        need(names.OS, "In", "linux", "windows"),
        need(names.CAPACITY_TYPE, "In", "reserved", "on-demand"),
        need(names.CAPACITY_TYPE, "NotIn", "reserved"),
        need(TENANCY, "In", "default", "dedicated"),
        need(TENANCY, "Exists"),
        need(names.AWS_PREFIX + "instance-family", "In", "m7i"),
    ],
)
def test_a_pool_of_known_nodes_is_planned(requirement: SelectorExpression) -> None:
    assert why_unplanned([requirement], None) == ""


def test_a_pool_of_another_provider_is_left_out() -> None:
    assert why_unplanned([], NodeClassReference("a", "eks.amazonaws.com")) == ""
    assert "karpenter.azure.com" in why_unplanned(
        [], NodeClassReference("a", "karpenter.azure.com")
    )


def test_a_group_with_a_version_is_a_mistake() -> None:
    with pytest.raises(FieldError) as raised:
        why_unplanned([], NodeClassReference("a", "karpenter.k8s.aws/v1"))
    assert raised.value.hint == "write karpenter.k8s.aws, without the version"


def test_capacity_reservations_are_not_in_the_input() -> None:
    wanted = [need(names.CAPACITY_TYPE, "In", "reserved", "on-demand")]
    (note,) = pool_notes("a", wanted)
    assert note.startswith("NodePool a may launch from capacity reservations: ")
    assert not list(pool_notes("a", [need(names.CAPACITY_TYPE, "In", "spot")]))
