"""Nodes that NodePools run in any case: planned with, priced, judged."""

from collections import Counter
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.nodepool import DesiredNodes, Launcher, NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.wishes.desired_nodes import (
    DesiredNodesError,
    as_launched,
    on_existing_nodes,
    with_desired_nodes,
    without_desired_nodes,
)
from kubestow.testing import daemonset, node, nodepool, replicas, snapshot
from kubestow.verify import judge

LARGE = 96_000_000  # nano-USD an hour of m5.large


def pool(*desired: DesiredNodes) -> NodePool:
    return replace(nodepool("group"), desired=desired)


def desired(count: int, zone: str = "zone-a", name: str = "m5.large") -> DesiredNodes:
    return DesiredNodes(name, zone, "on-demand", count)


def planned(state: Snapshot) -> Plan:
    """Plan with the desired nodes; the judge finds the plan legal without knowing of them."""
    amended = with_desired_nodes(state)
    plan = as_launched(amended, on_existing_nodes(amended, engine.plan(amended, work_limit=100)))
    assert without_desired_nodes(amended) == state
    assert judge(state, plan, engine.pools_of(state)) == ()
    return plan


def test_desired_nodes_are_new_nodes_at_their_price_whether_they_are_needed_or_not() -> None:
    plan = planned(snapshot(replicas(1, "web"), nodepools=(pool(desired(3)),)))
    assert [n.instance_type for n in plan.nodes if not n.existing] == ["m5.large"] * 3
    assert plan.cost_nano_usd_per_hour == 3 * LARGE
    assert plan.lower_bound.nano_usd_per_hour == 3 * LARGE
    assert any("2 of these nodes would carry no pods" in line for line in plan.assumptions)


def test_what_does_not_fit_on_them_is_launched_beside_them() -> None:
    # Two pods of 1500m: one to an m5.large, of which one runs in any case.
    state = snapshot(replicas(2, "web", "1500m", "6Gi"), nodepools=(pool(desired(1)),))
    plan = planned(state)
    assert not plan.unschedulable
    assert plan.cost_nano_usd_per_hour == 2 * LARGE
    assert plan.lower_bound.nano_usd_per_hour <= plan.cost_nano_usd_per_hour


def test_daemonsets_run_on_them() -> None:
    state = snapshot(
        replicas(1, "web"), nodepools=(pool(desired(2)),), daemonsets=(daemonset("agent"),)
    )
    assert [len(n.daemonset_pods) for n in planned(state).nodes] == [1, 1]


def test_without_a_zone_they_are_spread_evenly_over_those_of_the_pool() -> None:
    amended = with_desired_nodes(snapshot((), nodepools=(pool(desired(5, "")),)))
    zones = Counter(dict(n.labels)[names.ZONE] for n in amended.cluster.nodes)
    assert sorted(zones.values()) == [1, 2, 2]


@pytest.mark.parametrize(
    ("launched_by", "labels"),
    [
        (Launcher.KARPENTER, {names.NODEPOOL: "group", names.CAPACITY_TYPE: "on-demand"}),
        (
            Launcher.MANAGED_NODE_GROUP,
            {names.EKS_NODE_GROUP: "group", names.MANAGED_CAPACITY_TYPE: "ON_DEMAND"},
        ),
        (Launcher.SELF_MANAGED_NODE_GROUP, {names.EKSCTL_NODE_GROUP: "group"}),
    ],
)
def test_nodes_of_the_input_are_some_of_them(launched_by: Launcher, labels: dict[str, str]) -> None:
    there = node("there", labels=labels | {names.INSTANCE_TYPE: "m5.large"})
    stranger = node("stranger", labels={names.INSTANCE_TYPE: "m5.large"})
    group = replace(pool(desired(3)), launched_by=launched_by)
    state = snapshot((), nodepools=(group,), nodes=(there, stranger))
    assert sum(n.desired for n in with_desired_nodes(state).cluster.nodes) == 2


@pytest.mark.parametrize("launched_by", list(Launcher))
def test_desired_nodes_are_launched_by_whoever_launches_the_pools(launched_by: Launcher) -> None:
    group = replace(pool(desired(2)), launched_by=launched_by)
    plan = planned(snapshot(replicas(1, "web"), nodepools=(group,)))
    assert [node.capacity_type for node in plan.nodes] == ["on-demand"] * 2
    assert plan.cost_nano_usd_per_hour == 2 * LARGE


def static(count: int) -> NodePool:
    return replace(nodepool("fixed"), replicas=count, limits=(("nodes", count),))


def test_a_static_pool_runs_its_replicas_as_its_cheapest_nodes() -> None:
    amended = with_desired_nodes(snapshot((), nodepools=(static(4),)))
    labels = [dict(item.labels) for item in amended.cluster.nodes]
    assert {item[names.INSTANCE_TYPE] for item in labels} == {"m5.large"}
    assert sorted(Counter(item[names.ZONE] for item in labels).values()) == [1, 1, 2]


@pytest.mark.parametrize(("there", "missing"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_nodes_of_a_static_pool_count_whatever_their_type(there: int, missing: int) -> None:
    labels = {names.NODEPOOL: "fixed", names.INSTANCE_TYPE: "m5.4xlarge"}
    nodes = tuple(node(f"n{number}", labels=labels) for number in range(there))
    amended = with_desired_nodes(snapshot((), nodepools=(static(2),), nodes=nodes))
    assert sum(item.desired for item in amended.cluster.nodes) == missing


def test_a_static_pool_launches_nothing_for_pods() -> None:
    plan = planned(snapshot(replicas(3, "web", "1500m"), nodepools=(static(2),)))
    assert len(plan.nodes) == 2
    assert len(plan.unschedulable) == 1


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        (desired(1, "zone-x"), "zone-a, zone-b, zone-c"),
        (desired(1, "zone-a", "m9.huge"), "catalog list"),
        (DesiredNodes("m5.large", "zone-a", "spot", 1), "catalog list"),
    ],
)
def test_nodes_that_are_not_on_offer_are_an_error(item: DesiredNodes, hint: str) -> None:
    with pytest.raises(DesiredNodesError) as caught:
        with_desired_nodes(snapshot((), nodepools=(pool(item),)))
    assert hint in caught.value.hint


def test_nodes_that_the_pool_refuses_are_an_error() -> None:
    narrow = nodepool("group", (names.INSTANCE_TYPE, "In", ["c5.xlarge"]))
    with pytest.raises(DesiredNodesError) as caught:
        with_desired_nodes(snapshot((), nodepools=(replace(narrow, desired=(desired(1),)),)))
    assert "requirements" in caught.value.hint


def test_a_snapshot_without_desired_nodes_stays_as_it_is() -> None:
    state = snapshot(replicas(1, "web"))
    assert with_desired_nodes(state) is state
    plan = engine.plan(state, work_limit=10)
    assert on_existing_nodes(state, plan) is plan
    assert as_launched(state, plan) is plan


def test_pods_left_over_by_packing_are_settled_where_the_scheduler_finds_room() -> None:
    state = with_desired_nodes(
        snapshot(replicas(2, "web", "1500m", "6Gi"), nodepools=(pool(desired(2)),))
    )
    whole = engine.plan(state, work_limit=100)
    more = engine.plan(snapshot(replicas(1, "web", "1500m", "6Gi")), work_limit=100).nodes
    emptied = tuple(replace(n, pods=n.pods[:0]) if n.pods else n for n in whole.nodes[:1])
    worse = replace(whole, nodes=(*emptied, *whole.nodes[1:], *more))
    found = on_existing_nodes(state, worse)
    assert sorted(p for n in found.nodes for p in n.pods) == ["default/web-0", "default/web-1"]
    assert all(n.existing for n in found.nodes)
