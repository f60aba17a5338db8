"""On-demand share: so many replicas of every workload that no loss of spot nodes takes away."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from kubestow import engine
from kubestow.catalog.costs import with_costs
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Reservation
from kubestow.model.headroom import is_headroom
from kubestow.model.plan import Plan
from kubestow.model.pod import Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.provisioning.wishes.headroom import with_headroom
from kubestow.provisioning.wishes.on_demand_share import with_on_demand_share
from kubestow.provisioning.wishes.reservations import with_reservations
from kubestow.provisioning.wishes.share_per_node import with_max_share_per_node
from kubestow.testing import catalog, instance_type, node, nodepool, pod, replicas, snapshot
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

SHARE = Fraction(3, 10)
ONE = catalog((instance_type("m5.xlarge", 4, 16), 0.192), spot=0.4)
ON_DEMAND, SPOT = 192_000_000, 76_800_000
OWN = SelectorRequirement(names.CAPACITY_TYPE, "In", ("on-demand", "reserved"))
MANAGED = SelectorRequirement(names.MANAGED_CAPACITY_TYPE, "In", ("ON_DEMAND",))


def web(count: int, cpu: str = "3", name: str = "web", **options: Any) -> tuple[Pod, ...]:
    return replicas(count, name, cpu, "4Gi", labels={"app": name}, **options)


def shop(*pods: Pod, **cluster: Any) -> Snapshot:
    return snapshot(pods, catalog_of=ONE, **cluster)


def held(state: Snapshot, share: Fraction = SHARE) -> Snapshot:
    return with_on_demand_share(state, share, engine.pools_of(state))


def demanding(state: Snapshot) -> list[str]:
    return [p.name for p in state.cluster.pods if p.template.node_affinity]


def planned(state: Snapshot) -> Plan:
    plan = engine.plan(state)
    assert judge(state, plan, engine.pools_of(state)) == ()
    return plan


def safe(plan: Plan, app: str) -> int:
    """Return how many of a workload's replicas are left when all spot nodes are gone."""
    there = [n for n in plan.nodes if n.capacity_type != "spot"]
    return sum(p.startswith(f"default/{app}-") for n in there for p in n.pods)


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(10, SHARE, 3), (4, SHARE, 2), (1, SHARE, 1), (7, Fraction(1), 7), (3, Fraction(1, 100), 1)],
)
def test_the_share_is_rounded_up(count: int, share: Fraction, expected: int) -> None:
    assert demanding(held(shop(*web(count)), share)) == [f"web-{i}" for i in range(expected)]


def test_a_plan_mixes_spot_and_on_demand_at_their_prices() -> None:
    # An m5.xlarge leaves 3920m for pods: one pod of 3 cpu each.
    state = held(shop(*web(10)))
    plan = planned(state)
    assert not plan.unschedulable
    assert Counter(n.capacity_type for n in plan.nodes) == {"on-demand": 3, "spot": 7}
    assert plan.cost_nano_usd_per_hour == 3 * ON_DEMAND + 7 * SPOT
    assert safe(plan, "web") == 3
    assert planned(shop(*web(10))).cost_nano_usd_per_hour == 10 * SPOT
    (note,) = (line for line in plan.assumptions if "on demand" in line)
    assert note.startswith("at least 30 % of each workload's replicas, rounded up, are planned")
    assert "(3 pods of 1 workload are held there)" in note
    rehearsed = engine.rehearse(state, plan)
    assert judge(state, rehearsed, engine.pools_of(state)) == ()
    assert safe(rehearsed, "web") >= 3


def test_each_workload_counts_by_itself_and_a_bare_pod_too() -> None:
    state = held(shop(*web(4), *web(2, name="api"), pod("bare", "1"), pod("other", "1")))
    assert demanding(state) == ["web-0", "web-1", "api-0", "bare", "other"]


def test_replicas_that_run_on_demand_count_and_none_is_moved() -> None:
    nodes = (
        node("kept", cpu="9", labels={names.CAPACITY_TYPE: "on-demand"}),
        node("lost", cpu="9", labels={names.CAPACITY_TYPE: "spot"}),
        node("mute", cpu="9"),
    )
    homes = ("kept", "lost", "mute")
    there = tuple(replace(web(1)[0], name=f"old-{h}", node_name=h) for h in homes)
    state = held(shop(*there, *web(7), nodes=nodes))
    assert state.cluster.pods[:3] == there
    assert demanding(state) == ["web-0", "web-1"]
    all_there = held(shop(*there, *web(1), nodes=nodes), Fraction(1))
    assert demanding(all_there) == ["web-0"]
    assert "1 workload stays below 100 % on demand" in all_there.cluster.assumptions[-1]
    assert "default/old-kept" in all_there.cluster.assumptions[-1]


def test_a_managed_node_group_says_it_in_its_own_label() -> None:
    managed = (
        node("kept", labels={names.MANAGED_CAPACITY_TYPE: "ON_DEMAND"}),
        node("lost", labels={names.MANAGED_CAPACITY_TYPE: "SPOT"}),
    )
    state = held(shop(*web(4), nodes=managed), Fraction(1, 2))
    terms = (NodeSelectorTerm((OWN,)), NodeSelectorTerm((MANAGED,)))
    assert [p.template.node_affinity for p in state.cluster.pods] == [terms, terms, None, None]
    plan = planned(state)
    on = {n.name: n for n in plan.nodes}
    assert len(on["kept"].pods) == len(on["lost"].pods) == 1
    assert safe(plan, "web") == 2
    assert plan.cost_nano_usd_per_hour == ON_DEMAND + SPOT


def test_every_term_of_a_pods_own_affinity_demands_it_as_well() -> None:
    # A term that is empty matches nothing and stays out of it.
    zone = SelectorRequirement(names.ZONE, "In", ("zone-b",))
    own = (NodeSelectorTerm((zone,)), NodeSelectorTerm(), NodeSelectorTerm((OWN,)))
    state = held(shop(*web(1, node_affinity=own)))
    assert state.cluster.pods[0].template.node_affinity == (
        NodeSelectorTerm((zone, OWN)),
        NodeSelectorTerm((OWN, OWN)),
    )


def test_pods_that_nothing_on_demand_may_take_are_named_and_planned_all_the_same() -> None:
    spot = ((names.CAPACITY_TYPE, "spot"),)
    state = held(shop(*web(2, name="batch", node_selector=spot), *web(2)), Fraction(1))
    plan = planned(state)
    assert not plan.unschedulable
    assert demanding(state) == ["web-0", "web-1"]
    assert (safe(plan, "web"), safe(plan, "batch")) == (2, 0)
    assert (
        "2 pods are not held on demand, because no on-demand node may take them: "
        "default/batch-0, default/batch-1" in plan.assumptions
    )


def test_so_are_pods_that_do_not_tolerate_the_only_pool_on_demand() -> None:
    pools = (
        nodepool("a", (names.CAPACITY_TYPE, "In", ["spot"])),
        nodepool("b", taints=(Taint("team", "x", "NoSchedule"),)),
    )
    state = held(shop(*web(2), nodepools=pools))
    assert demanding(state) == []
    assert not planned(state).unschedulable


def test_pods_that_cannot_be_planned_at_all_are_neither_held_nor_named() -> None:
    gated = pod("gated", "3", labels={"app": "web"}, scheduling_gates=("wait",))
    state = held(shop(gated, pod("huge", "99"), *web(3)))
    assert demanding(state) == ["web-0"]
    assert len(state.cluster.assumptions) == 1


def test_where_nothing_is_spot_the_snapshot_is_the_same() -> None:
    state = shop(*web(4), nodepools=(nodepool("p", (names.CAPACITY_TYPE, "In", ["on-demand"])),))
    assert held(state) is state
    lost = node("lost", labels={names.CAPACITY_TYPE: "spot"})
    there = replace(state, cluster=replace(state.cluster, nodes=(lost,)))
    assert demanding(held(there)) == ["web-0", "web-1"]


def test_it_goes_with_reservations_headroom_and_a_share_a_node() -> None:
    state = shop(*web(10, "500m"))
    paid = Reservation("r", "m5.xlarge", 1, 10**7, "contract")
    costs = Costs("costs.yaml", reservations=(paid,))
    state = with_reservations(replace(state, catalog=with_costs(ONE, costs)))
    state = with_max_share_per_node(held(state, Fraction(1, 2)), Fraction(3, 10))
    state = with_headroom(state, Fraction(1, 5), engine.pools_of(state))
    assert len(demanding(state)) == 5
    plan = planned(state)
    assert not plan.unschedulable
    assert safe(plan, "web") >= 5
    assert max(sum(not is_headroom(p) for p in n.pods) for n in plan.nodes) <= 3
    assert sum(is_headroom(p) for n in plan.nodes for p in n.pods) == 2
    (reserved,) = (n for n in plan.nodes if n.reservation)
    assert len(reserved.pods) >= 3


def test_the_certificate_of_such_a_plan_holds() -> None:
    state = held(shop(*web(12, "900m")))
    solved = engine.solve(state)
    plan, certificate = solved.plan, solved.certificate
    verdict = check_bound(state, certificate(), engine.pools_of(state))
    assert verdict.failures == ()
    assert 0 < verdict.proven_nano_usd_per_hour <= plan.cost_nano_usd_per_hour
