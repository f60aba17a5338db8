"""Few kinds of nodes: the costs by number, and which fleet is planned with."""

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.kinds import KindsCurve, KindsWish
from kubestow.model.plan import Plan
from kubestow.testing import (
    affinity_term,
    catalog,
    instance_type,
    nodepool,
    replicas,
    snapshot,
    spread,
)
from kubestow.verify import judge

LEAN, RICH = instance_type("c5.large", 2, 4), instance_type("r5.large", 2, 16)
EVEN = instance_type("m5.large", 2, 8)
SOLD = catalog((LEAN, 0.085), (RICH, 0.126), (EVEN, 0.100), zones=("a", "b"))
PODS = (
    *replicas(4, "lean", "1700m", "1Gi"),
    *replicas(4, "rich", "300m", "12Gi"),
    *replicas(2, "even", "900m", "2500Mi"),
)


def planned(wish: KindsWish) -> tuple[Plan, KindsCurve]:
    state = snapshot(PODS, catalog_of=SOLD, nodepools=(nodepool(),))
    solved = engine.solve(state, kinds=wish)
    assert not judge(state, solved.plan, engine.pools_of(state))
    assert solved.kinds is not None
    shown = solved.kinds.shown
    assert solved.plan.cost_nano_usd_per_hour == shown.nano_usd_per_hour
    assert {node.instance_type for node in solved.plan.nodes} == set(shown.types)
    assert len(solved.plan.nodes) == shown.nodes
    return solved.plan, solved.kinds


def test_more_kinds_never_cost_more_and_any_number_costs_least() -> None:
    _, curve = planned(KindsWish(few=False))
    numbers = [each.kinds for each in curve.costs]
    assert numbers == [1, 2, 3, 5, None]
    costs = [each.nano_usd_per_hour for each in curve.costs]
    assert costs == sorted(costs, reverse=True)
    assert all(len(each.types) <= (each.kinds or 99) for each in curve.costs)
    assert curve.costs[0].types == ("r5.large",)  # nothing else carries 12 GiB


@pytest.mark.parametrize(("most", "types"), [(1, {"r5.large"}), (2, {"c5.large", "r5.large"})])
def test_a_number_of_kinds_is_kept(most: int, types: set[str]) -> None:
    plan, curve = planned(KindsWish(most, few=False))
    assert {node.instance_type for node in plan.nodes} == types
    assert curve.enough


def test_the_fewest_kinds_within_a_share_are_planned() -> None:
    _, tight = planned(KindsWish(within=0.0))
    _, wide = planned(KindsWish(within=10.0))
    assert len(wide.shown.types) == 1
    assert len(tight.shown.types) >= 2
    assert tight.shown.nano_usd_per_hour == tight.costs[-1].nano_usd_per_hour


def test_pods_that_need_two_kinds_are_planned_with_two_and_it_is_said() -> None:
    pods = (
        *replicas(2, "one", node_selector=((names.INSTANCE_TYPE, "c5.large"),)),
        *replicas(2, "two", node_selector=((names.INSTANCE_TYPE, "r5.large"),)),
    )
    solved = engine.solve(
        snapshot(pods, catalog_of=SOLD, nodepools=(nodepool(),)), kinds=KindsWish(1, few=False)
    )
    assert not solved.plan.unschedulable
    assert solved.kinds is not None
    assert not solved.kinds.enough
    assert solved.kinds.shown.types == ("c5.large", "r5.large")


def test_the_gap_that_is_held_bounds_what_fewer_kinds_cost() -> None:
    state = snapshot(PODS, catalog_of=SOLD, nodepools=(nodepool(),))
    wish = KindsWish(within=10.0)
    held = engine.solve(state, kinds=wish, gap=0.01, holds_gap=True)
    free = engine.solve(state, kinds=wish, gap=0.01)
    assert held.kinds is not None
    assert free.kinds is not None
    assert len(free.kinds.shown.types) == 1 < len(held.kinds.shown.types)


def test_what_zones_get_is_decided_with_the_types() -> None:
    pods = replicas(
        4, "web", "900m", "1Gi", labels={"app": "web"}, spread=(spread(names.ZONE, app="web"),)
    )
    solved = engine.solve(
        snapshot(pods, catalog_of=SOLD, nodepools=(nodepool(),)), kinds=KindsWish()
    )
    assert solved.plan.gap is not None
    assert solved.plan.gap < 0.001  # two in each zone, on one node
    assert solved.plan.cost_nano_usd_per_hour == 2 * 85_000_000


def test_without_new_nodes_there_are_no_kinds() -> None:
    solved = engine.solve(snapshot((), catalog_of=SOLD, nodepools=(nodepool(),)), kinds=KindsWish())
    assert solved.kinds is None


def test_pods_that_no_zone_is_left_for_are_in_no_proof() -> None:
    """More replicas than zones, each alone in its own: two run, three do not."""
    db = {"app": "db"}
    pods = (
        *replicas(5, "db", labels=db, anti_affinity=(affinity_term(names.ZONE, **db),)),
        *replicas(3, "web", "900m", "1Gi"),
    )
    state = snapshot(pods, catalog_of=SOLD, nodepools=(nodepool(),))
    for limit in (1, 4_000):
        solved = engine.solve(state, kinds=KindsWish(), work_limit=limit)
        assert len(solved.plan.unschedulable) == 3
        assert not judge(state, solved.plan, engine.pools_of(state))
