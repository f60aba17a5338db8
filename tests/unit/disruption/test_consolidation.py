"""Fewer or cheaper nodes for the same pods, and what is proven of it.

Types are those of kubestow.testing: m5.large has 1930 millicpu for 0.096 USD an hour, c5.xlarge
3920 for 0.17, m5.4xlarge 15890 for 0.768.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.candidate import BUDGET, POD, candidates
from kubestow.disruption.consolidation import (
    ARRIVAL,
    NODE_BUDGET,
    PRICE,
    ROOM,
    Consolidation,
    Prices,
    consolidate,
)
from kubestow.model import labels as names
from kubestow.model.decision import Kept
from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget
from kubestow.testing import daemonset, nodeclaim, nodepool, observed, owned, pod, selector

POOL = nodepool()


def run(
    claims: Iterable[NodeClaim],
    pods: Iterable[Pod] = (),
    prices: Prices | None = None,
    *,
    pools: tuple[NodePool, ...] = (POOL,),
    budgets: tuple[DisruptionBudget, ...] = (),
    **options: Any,
) -> Consolidation:
    state = observed(claims, pods, disruption_budgets=budgets)
    found = candidates(state, {pool.name: pool for pool in pools})
    return consolidate(state, found, pools, prices, **options)


def larges(count: int, cpu: str = "400m", **labels: str) -> tuple[list[NodeClaim], list[Pod]]:
    """Return m5.large nodes n0, n1, ... with one pod each."""
    claims = [nodeclaim(f"n{n}") for n in range(count)]
    pods = [owned(pod(f"p{n}", cpu, labels=labels, node=f"n{n}")) for n in range(count)]
    return claims, pods


def test_a_node_whose_pods_find_room_elsewhere_is_deleted() -> None:
    found = run(*larges(2), replaces=False)
    assert (len(found.drop), found.launch, found.evictions) == (1, (), 1)
    assert (found.cost_before, found.cost_after) == (192_000_000, 96_000_000)


def test_as_many_nodes_are_deleted_as_the_rest_has_room_for() -> None:
    found = run(*larges(9), replaces=False)  # four pods of 400m fill a node
    assert (len(found.drop), found.evictions, found.cost_after) == (6, 6, 3 * 96_000_000)


def test_half_of_many_are_tried_at_once_unless_that_saves_too_little_or_a_budget_limits() -> None:
    found = run(*larges(12), replaces=False)
    assert (len(found.drop), {kept.reason for kept in found.kept}) == (4, {ARRIVAL, ROOM})
    assert len(run(*larges(12), Prices(least_gain=0.5), replaces=False).drop) == 9
    assert len(run(*larges(12), replaces=False, allowed={POOL.name: 8}).drop) == 8


def test_many_nodes_are_replaced_by_one_that_is_cheaper() -> None:
    found = run(*larges(2, "1500m"))
    assert sorted(found.drop) == ["n0", "n1"]
    assert [node.instance_type for node in found.launch] == ["c5.xlarge"]
    assert (found.evictions, found.cost_after) == (2, 170_000_000)


def test_one_node_is_replaced_by_several_that_are_cheaper() -> None:
    big = nodeclaim("big", "m5.4xlarge")
    pods = [owned(pod(f"p{n}", "1500m", "5Gi", node="big")) for n in range(3)]
    found = run([big], pods)
    assert found.drop == ("big",)
    assert Counter(node.instance_type for node in found.launch) in (
        Counter({"m5.large": 3}), Counter({"m5.xlarge": 1, "m5.large": 1}),
    )  # fmt: skip
    assert found.cost_after == 288_000_000


def test_without_replacements_nothing_is_launched() -> None:
    found = run(*larges(2, "1500m"), replaces=False)
    assert (found.drop, found.launch) == ((), ())
    assert found.kept == (Kept("n0", ROOM, "default/p0"), Kept("n1", ROOM, "default/p1"))


def test_an_empty_node_goes_for_nothing() -> None:
    found = run([nodeclaim("n0"), nodeclaim("n1")], [owned(pod("a", "1500m", node="n1"))])
    assert (found.drop, found.evictions) == (("n0",), 0)


def test_an_eviction_that_costs_more_than_a_node_saves_stops_churn() -> None:
    dear = Prices(eviction=EvictionPrices(96_000_000))
    found = run(*larges(2), dear)
    assert (found.drop, found.launch, found.cost_after) == ((), (), found.cost_before)
    assert found.kept == (Kept("n0", PRICE), Kept("n1", PRICE))
    assert len(run(*larges(2), replace(dear, eviction=EvictionPrices(95_999_999))).drop) == 1


def test_a_longer_horizon_lets_a_saving_pay_for_more_evictions() -> None:
    dear = Prices(eviction=EvictionPrices(150_000_000))
    assert run(*larges(2), dear).drop == ()
    assert len(run(*larges(2), replace(dear, horizon_seconds=7200)).drop) == 1


def test_a_replacement_must_pay_for_the_time_it_runs_beside_what_it_replaces() -> None:
    saved = 192_000_000 - 170_000_000
    free = Prices(eviction=EvictionPrices(0), overlap_seconds=0)
    assert run(*larges(2, "1500m"), free).cost_after == 170_000_000
    overlap = 3600 * saved // 170_000_000  # the seconds in which the saving is gone
    assert run(*larges(2, "1500m"), replace(free, overlap_seconds=overlap + 1)).launch == ()


def test_nothing_is_tried_where_less_than_the_least_share_is_wasted() -> None:
    assert run(*larges(2), Prices(least_share=0.999)).drop
    assert not run(*larges(2), Prices(least_share=1.01)).drop


def test_a_node_that_a_disruption_budget_or_do_not_disrupt_holds_stays() -> None:
    claims, pods = larges(3, app="web")
    strict = DisruptionBudget("default", "strict", selector(app="web"), 0, None, 0)
    found = run(claims, pods, budgets=(strict,))
    assert (found.drop, found.launch) == ((), ())
    assert {kept.reason for kept in found.kept} == {BUDGET}
    guarded = [owned(item, do_not_disrupt=item.name != "p1") for item in pods]
    found = run(claims, guarded)
    assert (found.drop, found.launch) == (("n1",), ())
    assert [(kept.node, kept.reason) for kept in found.kept] == [("n0", POD), ("n2", POD)]


def test_no_more_nodes_of_a_pool_go_than_its_budget_lets() -> None:
    found = run(*larges(9), allowed={"pool": 1})
    assert (len(found.drop), found.launch) == (1, ())
    assert [(kept.reason, kept.subject) for kept in found.kept] == [(NODE_BUDGET, "pool")] * 8
    assert run(*larges(9), allowed={}).drop == ()


def test_what_is_replaced_goes_in_six_waves_at_most_with_one_launch_for_all() -> None:
    whole = run(*larges(9), allowed={"pool": 9})
    assert (len(whole.drop), whole.leaving) == (9, ())
    assert [node.instance_type for node in whole.launch] == ["c5.xlarge"]
    assert run(*larges(9), allowed={"pool": 2}).launch == whole.launch
    fewer = run(*larges(9), allowed={"pool": 1})  # nine waves
    assert (len(fewer.drop), len(fewer.leaving), fewer.launch) == (1, 8, ())


def test_what_is_launched_is_paid_for_half_a_minute_more_for_each_further_wave() -> None:
    # 0.022 USD an hour less, for two evictions at 0.003 and 90 or 120 s of 0.17 USD an hour beside.
    claims, pods = larges(2, "1500m")
    for most, pays_after in ((2, (0.006 + 0.17 / 40) / 0.022), (1, (0.006 + 0.17 / 30) / 0.022)):
        launches = [
            bool(run(claims, pods, Prices(horizon_seconds=after), allowed={"pool": most}).launch)
            for after in (int(pays_after * 3600) - 9, int(pays_after * 3600) + 9)
        ]
        assert launches == [False, True]


def test_each_pools_budget_counts_for_itself() -> None:
    other = nodepool("other")
    claims, pods = larges(6)
    claims = [replace(c, nodepool="other") if n % 2 else c for n, c in enumerate(claims)]
    found = run(claims, pods, pools=(POOL, other), allowed={"other": 1, "pool": 1}, replaces=False)
    assert sorted(int(name[1]) % 2 for name in found.drop) == [0, 1]


@pytest.mark.parametrize("cpu", ["300m", "700m", "1100m", "1900m"])
def test_what_it_costs_afterwards_is_never_below_the_bound(cpu: str) -> None:
    found = run(*larges(7, cpu))
    assert found.bound is not None
    assert found.bound <= found.cost_after <= found.cost_before


def test_daemonsets_are_paid_for_in_the_bound() -> None:
    claims, pods = larges(1, "1500m")
    agent = daemonset("agent", "300m")
    state = observed(claims, pods, daemonsets=(agent,))
    found = consolidate(state, candidates(state, {"pool": POOL}), (POOL,))
    assert found.bound is None  # the agent is not on the node: it has more room than a new one
    running = replace(pod("agent-n0", "300m", node="n0"), daemonset=agent.key)
    state = observed(claims, [*pods, running], daemonsets=(agent,))
    found = consolidate(state, candidates(state, {"pool": POOL}), (POOL,))
    assert found.bound is not None
    assert 0.99 * 96_000_000 < found.bound <= 96_000_000


@pytest.mark.parametrize(
    "claim",
    [
        nodeclaim("n0", usd_per_hour=0.05),
        nodeclaim("n0", nodepool="deleted"),
        nodeclaim("n0", instance_type="m1.large"),
        replace(nodeclaim("n0"), node=nodeclaim("n0", "m5.xlarge").node),
    ],
    ids=["cheaper than what is sold", "of no pool", "of a type not sold", "larger than its type"],
)
def test_nothing_is_proven_beside_a_node_that_is_cheaper_or_larger_than_what_is_sold(
    claim: NodeClaim,
) -> None:
    pods = [owned(pod("a", "400m", node="n0")), owned(pod("b", "400m", node="n1"))]
    assert run([claim, nodeclaim("n1")], pods).bound is None
    assert run([nodeclaim("n0"), nodeclaim("n1")], pods).bound is not None


def test_pods_that_wait_have_their_room_before_any_node_goes() -> None:
    claims, pods = larges(2)
    found = run(claims, [*pods, pod("a", "1500m")], replaces=False)
    assert found.drop == ()


def test_the_same_snapshot_gives_the_same_consolidation() -> None:
    assert run(*larges(9, "700m")) == run(*larges(9, "700m"))


def test_where_few_may_go_those_go_that_waste_most_money_and_the_others_wait_for_budgets() -> None:
    # By its share n0 wastes more: 0.17 USD an hour for what m5.large carries for 0.096.
    claims = [nodeclaim("n0", "c5.xlarge", zone="zone-b"), nodeclaim("n1", "m5.4xlarge")]
    loads = [("100m", "n0", "zone-b"), *[("3900m", "n1", "zone-a")] * 3]
    pods = [
        owned(pod(f"p{n}", cpu, "64Mi", node=node, node_selector=((names.ZONE, zone),)))
        for n, (cpu, node, zone) in enumerate(loads)
    ]
    found = run(claims, pods, allowed={POOL.name: 1})
    assert sorted(found.drop) == ["n0", "n1"]
    several = [nodeclaim(f"n{number}", "c5.xlarge", zone="zone-b") for number in range(2, 7)]
    found = run([*claims, *several], pods, allowed={POOL.name: 1})
    assert found.drop == ("n1",)
    assert [node.instance_type for node in found.launch] == ["c5.xlarge"] * 3
    assert found.has_more
    assert "n0" in found.leaving
    assert not run(claims, pods, allowed={}).has_more  # none may go, however long it waits
    assert sorted(run(claims, pods, allowed={POOL.name: 2}).drop) == ["n0", "n1"]


def test_deletions_are_to_empty_the_emptiest_and_newest_nodes_first() -> None:
    ages = {"old": 0, "new": 200, "middle": 100}
    claims = [nodeclaim(name, created_at=at) for name, at in ages.items()]
    full = [owned(pod(f"p-{name}", "1900m", node=name)) for name in ages]
    assert run(claims, full, replaces=False).next == ("new", "middle", "old")
    emptier = [owned(pod("p-old", "1100m", node="old")), *full[1:]]
    assert run(claims, emptier, replaces=False).next == ("old", "new", "middle")


def test_a_node_goes_whose_pods_cost_less_to_move_before_one_with_less_on_it() -> None:
    claims = [nodeclaim(f"n{n}") for n in range(2)]
    pods = [owned(pod(f"p{n}", "100m", node=f"n{n % 2}"), nano_usd=0) for n in range(10)]
    more = owned(pod("q", "100m", node="n1"), nano_usd=0)
    assert run(claims, [*pods, more], replaces=False).drop == ("n0",)
    dear = owned(pods[0], nano_usd=10_000_000)
    assert run(claims, [dear, *pods[1:], more], replaces=False).drop == ("n1",)
