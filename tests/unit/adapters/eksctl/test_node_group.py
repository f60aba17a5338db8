"""Node groups as eksctl completes them."""

from typing import Any

import pytest

from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.model.input_error import InputError

from .builders import config, group


def self_managed(**fields: Any) -> EksctlNodeGroup:
    """Read a self-managed node group of these fields."""
    (made,) = config(nodeGroups=[{"name": "own"} | fields]).groups
    return made


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({}, (2, 2, 2)),
        ({"minSize": 1, "maxSize": 4}, (1, 1, 4)),
        ({"desiredCapacity": 3}, (3, 3, 3)),
        ({"maxSize": 1}, (1, 1, 1)),
        ({"minSize": 0, "desiredCapacity": 0, "maxSize": 4}, (0, 0, 4)),
    ],
)
def test_sizes_are_filled_in(fields: dict[str, int], sizes: tuple[int, int, int]) -> None:
    for made in (group(**fields), self_managed(**fields)):
        assert (made.desired, made.minimum, made.maximum) == sizes


@pytest.mark.parametrize("fields", [{"desiredCapacity": 0}, {"minSize": 0}])
def test_a_managed_group_may_grow_to_one_node_at_least(fields: dict[str, int]) -> None:
    assert group(**fields).maximum == 1
    assert self_managed(**fields).maximum == 0


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ({}, ("m5.large",)),
        ({"instanceType": "a.x"}, ("a.x",)),
        ({"instanceTypes": ["b.x", "a.x", "b.x"]}, ("b.x", "a.x")),
        ({"instanceSelector": {"vCPUs": 2}}, ()),
        ({"launchTemplate": {"id": "lt-1"}}, ()),
        ({"launchTemplate": {}}, ("m5.large",)),
    ],
)
def test_a_managed_group_has_the_types_it_names_or_eksctls_own(
    fields: dict[str, Any], types: tuple[str, ...]
) -> None:
    assert group(**fields).instance_types == types


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ({}, ("m5.large",)),
        ({"instanceType": "a.x"}, ("a.x",)),
        ({"instanceSelector": {"vCPUs": 2}}, ()),
        (
            {"instanceType": "mixed", "instancesDistribution": {"instanceTypes": ["a.x", "b.x"]}},
            ("a.x", "b.x"),
        ),
    ],
)
def test_a_self_managed_group_may_mix_types(fields: dict[str, Any], types: tuple[str, ...]) -> None:
    assert self_managed(**fields).instance_types == types


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"instanceType": "x", "instanceTypes": ["y"]}, "instanceType: cannot be combined"),
        ({"volumeSize": 0}, "volumeSize: 0 is below 1"),
        ({"maxPodsPerNode": -1}, "maxPodsPerNode: -1 is below 1"),
        ({"minSize": -1}, "minSize: -1 is negative"),
        ({"minSize": 3, "maxSize": 2}, "3 is not between minSize 3 and maxSize 2"),
        ({"taints": {"key": "value:NoSchedule"}}, "taints"),
    ],
)
def test_what_eksctl_refuses_is_a_mistake(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        group(**fields)
    assert message in caught.value.message
    assert "managedNodeGroups[0]" in caught.value.message


def test_managed_groups_come_first() -> None:
    made = config(nodeGroups=[{"name": "own"}], managedNodeGroups=[{"name": "theirs"}]).groups
    assert [(item.name, item.is_managed, item.field) for item in made] == [
        ("theirs", True, "managedNodeGroups[0]"),
        ("own", False, "nodeGroups[0]"),
    ]
