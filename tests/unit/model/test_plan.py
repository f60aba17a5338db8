from dataclasses import replace

import pytest

from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.plan import LowerBound, Plan, PlannedNode

NODE = PlannedNode(
    name="new-1",
    nodepool="pool",
    instance_type="m5.large",
    zone="zone-a",
    capacity_type="on-demand",
    price=Price(100, "list"),
    labels=((names.HOSTNAME, "new-1"), (names.ZONE, "zone-a")),
    taints=(),
    allocatable=(("cpu", 1930),),
    pods=("default/web-0",),
    daemonset_pods=("kube-system/agent-new-1",),
)


def plan(*nodes: PlannedNode, bound: int) -> Plan:
    return Plan("test-1", nodes, (), LowerBound(bound, "L2"))


def test_a_renamed_node_takes_its_hostname_and_its_daemonsets_pods_along() -> None:
    renamed = NODE.renamed("m5-large-7")
    assert dict(renamed.labels) == {names.HOSTNAME: "m5-large-7", names.ZONE: "zone-a"}
    assert renamed.daemonset_pods == ("kube-system/agent-m5-large-7",)
    assert renamed.renamed("new-1") == NODE


def test_existing_nodes_cost_nothing_more() -> None:
    old = replace(NODE, name="old", price=Price(7, "list"), existing=True)
    assert plan(NODE, old, NODE.renamed("new-2"), bound=0).cost_nano_usd_per_hour == 200


@pytest.mark.parametrize(
    ("nodes", "bound", "gap"),
    [
        ((NODE,), 100, 0.0),
        ((NODE,), 80, 0.25),
        ((NODE,), 0, None),
        ((), 0, 0.0),
    ],
)
def test_the_gap_is_the_cost_over_the_bound_where_there_is_one(
    nodes: tuple[PlannedNode, ...], bound: int, gap: float | None
) -> None:
    assert plan(*nodes, bound=bound).gap == gap
