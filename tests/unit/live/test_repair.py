"""Nodes that are unhealthy for long are replaced, unless too many are."""

import pytest

from kubestow.adapters.aws.instance_status import IMPAIRED, INSTANCE, SYSTEM
from kubestow.live.repair import CheckedNode, is_still, said, unhealthy
from kubestow.model.observed import NodeCondition

HALF_AN_HOUR = 1_800
GOOD = NodeCondition("Ready", "True", since=0)


def pool(bad: int, good: int, condition: NodeCondition) -> list[CheckedNode]:
    nodes = [CheckedNode(f"bad{i}", "pool", (condition,)) for i in range(bad)]
    return nodes + [CheckedNode(f"good{i}", "pool", (GOOD,)) for i in range(good)]


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_a_node_that_is_not_ready_for_half_an_hour_is_replaced(status: str) -> None:
    condition = NodeCondition("Ready", status, "KubeletNotReady", since=100)
    nodes = pool(1, 4, condition)
    assert unhealthy(nodes, 100 + HALF_AN_HOUR - 1) == {}
    assert unhealthy(nodes, 100 + HALF_AN_HOUR) == {"bad0": condition}
    assert said(condition) == f"Ready is {status}: KubeletNotReady"


def test_hardware_is_not_waited_for_so_long() -> None:
    nodes = pool(1, 4, NodeCondition("AcceleratedHardwareReady", "False", "XID", since=0))
    assert unhealthy(nodes, 599) == {}
    assert set(unhealthy(nodes, 600)) == {"bad0"}


@pytest.mark.parametrize("check", [SYSTEM, INSTANCE])
def test_a_status_check_of_ec2_is_waited_for_two_minutes(check: str) -> None:
    condition = NodeCondition(check, IMPAIRED, "EC2's status check fails", since=50)
    nodes = pool(1, 4, condition)
    assert unhealthy(nodes, 169) == {}
    assert unhealthy(nodes, 170) == {"bad0": condition}
    assert is_still(condition, {}), "the API server does not tell of it"
    assert said(condition) == f"{check} is Impaired: EC2's status check fails"


@pytest.mark.parametrize(("bad", "good", "replaced"), [(1, 0, 1), (1, 1, 1), (2, 8, 2), (2, 3, 0)])
def test_more_than_a_fifth_of_a_pool_is_not_replaced(bad: int, good: int, replaced: int) -> None:
    nodes = pool(bad, good, NodeCondition("Ready", "Unknown", since=0))
    assert len(unhealthy(nodes, HALF_AN_HOUR)) == replaced


def test_pools_are_counted_apart() -> None:
    nodes = pool(3, 0, NodeCondition("Ready", "Unknown", since=0))
    other = CheckedNode("other", "small", nodes[0].conditions)
    assert set(unhealthy([*nodes, other], HALF_AN_HOUR)) == {"other"}


def test_other_conditions_and_unknown_times_are_not_judged() -> None:
    pressure = NodeCondition("MemoryPressure", "True", since=0)
    undated = NodeCondition("Ready", "False")
    assert unhealthy(pool(1, 4, pressure) + pool(1, 4, undated), 10 * HALF_AN_HOUR) == {}


def test_nodes_that_have_just_become_unhealthy_count_too() -> None:
    """Of a hundred nodes that fail one after the other the first are not replaced either."""
    nodes = [CheckedNode(f"n{i}", "pool", (NodeCondition("Ready", "Unknown", since=i),))
             for i in range(100)]  # fmt: skip
    assert all(unhealthy(nodes, at) == {} for at in range(HALF_AN_HOUR, HALF_AN_HOUR + 100, 7))


def test_a_node_is_looked_at_once_more_before_it_goes() -> None:
    condition = NodeCondition("Ready", "Unknown", since=1_767_225_600)
    there = {"type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    assert is_still(condition, {"status": {"conditions": [there]}})
    assert not is_still(condition, {"status": {"conditions": [there | {"status": "True"}]}})
    later = there | {"lastTransitionTime": "2026-01-01T00:20:00Z"}
    assert not is_still(condition, {"status": {"conditions": [later]}})
    assert not is_still(condition, {})
