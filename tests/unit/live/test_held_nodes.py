"""Which Node stands for which planned node, and what it still lacks."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.live import marks
from kubestow.live.claims import DAEMONSETS_SECONDS, SeenNode
from kubestow.live.held_nodes import is_held, matched, not_ready
from kubestow.model import labels as names
from kubestow.model.handed_plan import HandedNode, HandedPlan
from kubestow.model.node import Node
from kubestow.model.observed import NodeCondition, NodeDetails
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint

AT = 1_000


def planned(name: str, pool: str = "general", **more: Any) -> HandedNode:
    return HandedNode(name, pool, "m5.large", "zone-a", "on-demand", **more)


def plan(*nodes: HandedNode) -> HandedPlan:
    return HandedPlan("digest", "test-1", nodes)


def seen(name: str, *taints: Taint, cordoned: bool = False, **more: Any) -> SeenNode:
    """Return a Node, held by its taint unless other taints are given."""
    labels = {names.INSTANCE_TYPE: "m5.large", names.ZONE: "zone-a"} | more.pop("labels", {})
    made = Node(
        name, tuple(labels.items()), (), taints or (marks.HELD_TAINT,), unschedulable=cordoned
    )
    notes = tuple(more.pop("notes", {}).items())
    ready = NodeCondition("Ready", more.pop("ready", "True"), since=AT)
    return SeenNode(made, NodeDetails(AT, (ready,), notes, **more))


def names_of(found: Any) -> dict[str, str]:
    return {key: item.node.name for key, item in found.of.items()}


@pytest.mark.parametrize(
    ("labels", "fits"),
    [
        ({}, True),
        ({names.NODEPOOL: "general"}, True),
        ({names.NODEPOOL: "other"}, False),
        ({names.NODEPOOL: "general-2", names.PLANNED_POOL: "general"}, True),
        ({names.EKS_NODE_GROUP: "workers"}, False),
        ({names.EKS_NODE_GROUP: "general-m5", names.PLANNED_POOL: "general"}, True),
        ({names.INSTANCE_TYPE: "m5.xlarge"}, False),
        ({names.ZONE: "zone-b"}, False),
        ({names.CAPACITY_TYPE: "spot"}, False),
        ({names.MANAGED_CAPACITY_TYPE: "SPOT"}, False),
        ({names.MANAGED_CAPACITY_TYPE: "ON_DEMAND"}, True),
        ({"team": "b"}, False),
        ({"team": "a"}, True),
    ],
)
def test_a_node_is_known_by_what_it_was_launched_as(labels: dict[str, str], fits: bool) -> None:
    own = planned("a", labels=(("team", "a"), (names.NODEPOOL, "general")))
    found = matched(plan(own), [seen("n", labels=labels)])
    assert names_of(found) == ({"a": "n"} if fits else {})
    assert [node.name for node in found.missing] == ([] if fits else ["a"])
    assert [item.node.name for item in found.surplus] == ([] if fits else ["n"])


def test_those_that_fit_best_are_taken_first_and_each_for_one() -> None:
    better = seen("z", labels={names.NODEPOOL: "general", "team": "a"})
    own = planned("a", labels=(("team", "a"),))
    found = matched(plan(own, planned("b")), [seen("x"), seen("y"), better])
    assert names_of(found) == {"a": "z", "b": "x"}
    assert [item.node.name for item in found.surplus] == ["y"]


def test_a_node_that_says_which_it_is_stays_that_one() -> None:
    marked = seen("x", Taint("other", "", "NoSchedule"), notes={marks.HELD_FOR: "digest/b"})
    opened = seen("w", Taint("other", "", "NoSchedule"), notes={marks.LANDED_FOR: "digest/c"})
    found = matched(plan(*map(planned, "abc")), [marked, opened, seen("y")])
    assert names_of(found) == {"b": "x", "c": "w", "a": "y"}


def test_nodes_of_others_and_open_and_deleted_ones_are_left_alone() -> None:
    theirs = seen("x", UNSCHEDULABLE_TAINT, cordoned=True, notes={marks.HELD_FOR: "other/a"})
    controllers = seen("y", finalizers=(marks.FINALIZER,))
    cordoned = seen("z", UNSCHEDULABLE_TAINT, cordoned=True)
    gone = seen("w", is_deleted=True)
    found = matched(plan(planned("a")), [theirs, controllers, cordoned, gone])
    assert names_of(found) == {}
    assert [item.node.name for item in found.foreign] == ["x", "y"]
    assert found.surplus == ()


def held(*taints: Taint, **more: Any) -> SeenNode:
    notes = {marks.HELD_FOR: "digest/a"}
    return seen("n", UNSCHEDULABLE_TAINT, *taints, cordoned=True, notes=notes, **more)


@pytest.mark.parametrize(
    ("item", "daemonsets", "lack"),
    [
        (seen("n"), (), "not cordoned yet"),
        (held(ready="False"), (), "not Ready"),
        (held(Taint("agent", "", "NoSchedule")), (), "agent:NoSchedule"),
        (held(Taint("own", "", "NoSchedule")), (), ""),
        (held(), ("kube-system/agent",), "no pod of DaemonSet kube-system/agent"),
        (held(), ("kube-system/other",), ""),
        (replace(held(), daemonsets=frozenset({"kube-system/agent"})), ("kube-system/agent",), ""),
    ],
)
def test_a_held_node_is_ready_for_pods_or_lacks_something(
    item: SeenNode, daemonsets: tuple[str, ...], lack: str
) -> None:
    own = planned(
        "a", taints=(Taint("own", "", "NoSchedule"),), daemonsets=frozenset({"kube-system/agent"})
    )
    told = not_ready(own, item, daemonsets, AT)
    assert (lack in told) if lack else not told


def test_daemonsets_are_waited_for_only_so_long() -> None:
    own = planned("a", daemonsets=frozenset({"kube-system/agent"}))
    assert not not_ready(own, held(), ("kube-system/agent",), AT + DAEMONSETS_SECONDS)


def test_an_uncordoned_node_is_not_held() -> None:
    assert is_held(held())
    assert not is_held(seen("n", UNSCHEDULABLE_TAINT, notes={marks.HELD_FOR: "digest/a"}))
