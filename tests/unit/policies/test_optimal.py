"""kubestow's own policy: what waits first, then what is disrupted of free will, if it pays.

Types are those of kubestow.testing: m5.large has 1930 millicpu for 0.096 USD an hour, c5.xlarge
3920 for 0.17.
"""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.consolidation import Prices
from kubestow.model import labels as names
from kubestow.model.decision import (
    EXPIRED,
    HELD_BACK,
    INTERRUPTED,
    NOT_REGISTERED,
    UNDERUTILIZED,
    Avoid,
    Cordon,
    Decision,
    DeletionOrder,
    Drain,
    Launch,
    Outcome,
)
from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import OptimalMemory
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.optimal import Optimal
from kubestow.policies.steadiness import STEADY_AFTER
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod

POOL = nodepool(disruption=Disruption(budgets=()))
RESTS, APART = 20, 900
"""Seconds without a change before nodes are consolidated, and from one time to the next."""


class Clock:
    """The policy looking at a cluster, with its own memory."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("pools", (POOL,))
        self.memory, self.policy = Memory(), Optimal(**options)

    def look(self, state: Snapshot, at: int) -> Decision:
        found, self.memory = self.policy.decide(
            replace(state, at=at), self.memory, SilentReporter()
        )
        return found


def said(found: Decision) -> list[str]:
    """Return the actions in short: drain n0 Empty."""
    return [
        f"launch {action.claim.instance_type} {action.reason}"
        if isinstance(action, Launch)
        else f"{type(action).__name__.lower()} {action.node} {getattr(action, 'reason', '')}"
        for action in found.actions
        if not isinstance(action, DeletionOrder | Avoid)
    ]


def larges(count: int, **options: Any) -> list[NodeClaim]:
    return [nodeclaim(f"n{number}", **options) for number in range(count)]


def on(*loads: str) -> list[Pod]:
    return [owned(pod(f"p{n}", cpu, node=f"n{n}")) for n, cpu in enumerate(loads) if cpu]


def rested(claims: Iterable[NodeClaim], pods: Iterable[Pod], **options: Any) -> Decision:
    """Return what is done once a cluster has been as it is for a while."""
    clock, state = Clock(**options), observed(claims, pods)
    clock.look(state, 1000)
    return clock.look(state, 1000 + RESTS)


def test_pods_that_wait_get_the_cheapest_fleet_at_once() -> None:
    waiting = [pod(f"w{n}", "1900m") for n in range(2)]
    assert said(Clock().look(observed([], waiting), 0)) == ["launch c5.xlarge Provisioning"]


def test_a_fleet_for_pods_that_are_evicted_is_not_one_that_was_planned_as_a_whole() -> None:
    fresh, moved = Clock(), Clock()
    fresh.look(observed([], [pod(f"p{n}", "10m") for n in range(500)]), 10)
    assert fresh.memory.own_as(OptimalMemory).fleet_at == 10
    drains = [nodeclaim("n0", phase=Phase.DRAINING)]
    moved.look(observed(drains, [owned(pod(f"p{n}", "10m", node="n0")) for n in range(500)]), 10)
    assert moved.memory.planned
    assert moved.memory.own_as(OptimalMemory).fleet_at is None


def test_nothing_is_disrupted_of_free_will_while_a_pod_waits_for_its_node() -> None:
    state = observed([nodeclaim("n0"), nodeclaim("new", phase=Phase.LAUNCHED)], [pod("a", "1900m")])
    clock = Clock()
    assert said(clock.look(state, 0)) == []
    assert said(clock.look(observed(larges(1)), 10)) == ["drain n0 Empty"]


def test_empty_nodes_go_at_once_within_the_pools_budget() -> None:
    assert said(Clock().look(observed(larges(3)), 0)) == [f"drain n{n} Empty" for n in range(3)]
    one = nodepool(disruption=Disruption(budgets=(NodeBudget(1),)))
    assert said(Clock(pools=(one,)).look(observed(larges(3)), 0)) == ["drain n0 Empty"]


def test_nodes_are_consolidated_after_a_while_without_change() -> None:
    clock, state = Clock(), observed(larges(2), on("400m", "400m"))
    first = clock.look(state, 1000)
    assert (said(first), first.look_again_at) == ([], 1000 + RESTS)
    assert said(clock.look(state, 1000 + RESTS - 1)) == []
    assert said(clock.look(state, 1000 + RESTS)) == ["drain n0 Underutilized"]


def test_a_change_begins_the_while_anew() -> None:
    clock = Clock()
    clock.look(observed(larges(2), on("400m", "400m")), 1000)
    more = [*on("400m", "400m"), owned(pod("q", "100m", node="n1"))]
    clock.look(observed(larges(2), more), 1010)
    assert said(clock.look(observed(larges(2), more), 1000 + RESTS)) == []
    assert said(clock.look(observed(larges(2), more), 1010 + RESTS)) == ["drain n0 Underutilized"]


def avoided(found: Decision) -> list[tuple[str, ...]]:
    """Return the nodes that kube-scheduler is to avoid, where that is said."""
    return [action.nodes for action in found.actions if isinstance(action, Avoid)]


ONE = nodepool(disruption=Disruption(budgets=(NodeBudget(1),)))


def marked(names: Iterable[str], **options: Any) -> list[NodeClaim]:
    """Return three nodes less the first, of which some are avoided."""
    return [
        replace(item, node=item.node.avoided(on=item.name in names), **options)
        for item in larges(3)[1:]
    ]


def test_what_waits_for_budgets_is_avoided_until_it_goes_or_is_to_stay() -> None:
    clock, pods = Clock(pools=(ONE,)), on("400m", "450m", "500m")
    state = observed(larges(3), pods)
    clock.look(state, 1000)
    first = clock.look(state, 1000 + RESTS)
    assert said(first) == ["drain n0 Underutilized"]
    assert avoided(first) == [("n0", "n1")]
    stays = observed(marked(["n1"])[:1], on("", "1500m"))
    clock.look(stays, 1100)
    assert avoided(clock.look(stays, 1100 + RESTS + APART)) == [()]


def test_a_mark_that_was_not_put_on_or_taken_off_is_asked_for_again() -> None:
    clock = Clock(pools=(ONE,))
    state = observed(larges(3), on("400m", "450m", "500m"))
    clock.look(state, 1000)
    clock.look(state, 1000 + RESTS)
    assert avoided(clock.look(observed(larges(3)[1:], on("", "450m", "900m")), 1060)) == [("n1",)]
    stays = observed(marked(["n1"])[:1], on("", "1500m"))
    for at in (1100, 1100 + RESTS + APART, 1200 + RESTS + APART):
        last = clock.look(stays, at)
    assert avoided(last) == [()]


def test_while_nodes_that_go_use_all_budgets_up_nothing_is_looked_at() -> None:
    clock = Clock(pools=(ONE,))
    going = nodeclaim("n0", phase=Phase.DRAINING)
    state = observed([going, *marked(["n1"])], on("", "450m", "500m"))
    clock.look(state, 1000)
    found = clock.look(state, 1000 + RESTS)
    assert (said(found), avoided(found)) == ([], [])
    assert clock.memory.own_as(OptimalMemory).consolidated_at is None


def test_what_made_the_fleet_cheaper_goes_on_at_once_while_the_load_is_the_same() -> None:
    clock = Clock()
    clock.look(observed(larges(3), on("900m", "900m", "100m")), 1000)
    assert said(clock.look(observed(larges(3), on("900m", "900m", "100m")), 1060)) != []
    moved = [*on("900m", "900m"), owned(pod("p2", "100m", node="n1"))]
    dear = [*larges(2), nodeclaim("other", "c5.xlarge")]
    more = [*moved[:1], owned(pod("p1", "900m", node="other")), moved[2]]
    cheaper, dearer = observed(larges(2), moved), observed(dear, more)
    for state, due in ((cheaper, 1070 + RESTS), (dearer, 1060 + APART)):
        again = Clock()
        again.memory = clock.memory
        assert again.look(state, 1070).look_again_at == due


def test_consolidations_are_a_quarter_of_an_hour_apart() -> None:
    clock = Clock()
    clock.look(observed(larges(2), on("400m", "400m")), 1000)
    clock.look(observed(larges(2), on("400m", "400m")), 1060)
    other = observed(larges(3), on("400m", "200m", "100m"))
    found = clock.look(other, 1070)
    assert (said(found), found.look_again_at) == ([], 1060 + APART)
    assert said(clock.look(other, 1060 + APART)) != []


def test_while_the_load_rises_they_are_half_an_hour_apart() -> None:
    clock = Clock(prices=Prices(eviction=EvictionPrices(10**9)))
    clock.look(observed(larges(2), on("1500m", "1500m")), 1000)
    clock.look(observed(larges(2), on("1500m", "1500m")), 1060)
    risen = observed(larges(3), on("1500m", "1500m", "300m"))
    assert clock.look(risen, 1070).look_again_at == 1060 + 2 * APART
    for at, last in ((1060 + APART, 1060), (1060 + 2 * APART, 1060 + 2 * APART)):
        clock.look(risen, at)
        assert clock.memory.own_as(OptimalMemory).consolidated_at == last


def test_after_a_load_has_fallen_it_looks_again_with_replacements() -> None:
    clock = Clock(prices=Prices(eviction=EvictionPrices(10**9)))
    clock.look(observed(larges(2), on("1500m", "1500m")), 1000)
    clock.look(observed(larges(2), on("1500m", "1500m")), 1020)
    less = observed(larges(2), on("1500m", "1400m"))
    clock.look(less, 1100)
    assert clock.look(less, 1020 + APART).look_again_at == 1020 + 2 * APART


def test_what_is_launched_while_the_load_grows_has_room_for_more() -> None:
    def launched(grown: str) -> list[str]:
        clock, small = Clock(), [owned(pod(f"p{n}", "170m", node="n0")) for n in range(11)]
        clock.look(observed(larges(1), small), 1000)
        return said(clock.look(observed(larges(1), [*small[1:], pod("w", grown)]), 1010))

    assert launched("1800m") == ["launch c5.xlarge Provisioning"]  # m5.large has room for w alone
    assert launched("171m") == []  # it came for another


def test_where_a_fifth_of_the_load_is_gone_the_next_consolidation_does_not_wait() -> None:
    for less, at in (("1200m", 1060 + APART), ("500m", 1070 + RESTS)):
        clock = Clock(prices=Prices(eviction=EvictionPrices(10**9)))
        clock.look(observed(larges(3), on("1500m", "1500m", "1500m")), 1000)
        clock.look(observed(larges(3), on("1500m", "1500m", "1500m")), 1060)
        found = clock.look(observed(larges(3), on("1500m", "1500m", less)), 1070)
        assert (said(found), found.look_again_at) == ([], at)


@pytest.mark.parametrize(("after", "jumps"), [(60, False), (APART - 1, False), (APART, True)])
def test_what_comes_while_a_cluster_is_filled_is_no_jump(after: int, jumps: bool) -> None:
    clock = Clock()
    clock.look(observed((), [pod("first", "1500m")]), 1000)
    assert clock.memory.own_as(OptimalMemory).jumped_at is None
    there = on("1500m")
    clock.look(observed(larges(1), there), 1000)
    clock.look(observed(larges(1), [*there, pod("more", "1500m")]), 1000 + after)
    assert clock.memory.own_as(OptimalMemory).jumped_at == (1000 + after if jumps else None)


def test_a_saving_counts_for_longer_where_the_load_has_long_been_steady() -> None:
    dear = Prices(eviction=EvictionPrices(150_000_000))  # a node costs 0.096 USD an hour
    clock, state = Clock(prices=dear), observed(larges(2), on("400m", "400m"))
    clock.look(state, 1000)
    found = clock.look(state, 1000 + RESTS)
    assert (said(found), found.look_again_at) == ([], 1000 + STEADY_AFTER)
    at = 1000 + STEADY_AFTER
    assert clock.look(state, at).look_again_at == at + RESTS
    assert said(clock.look(state, at + RESTS)) == ["drain n0 Underutilized"]


def test_a_saving_that_does_not_pay_for_its_evictions_is_left() -> None:
    found = rested(larges(2), on("400m", "400m"), prices=Prices(eviction=EvictionPrices(10**9)))
    assert said(found) == []
    assert found.bound is not None


def test_where_nothing_more_can_be_saved_it_is_at_rest() -> None:
    clock, state = Clock(), observed(larges(1), on("1500m"))
    clock.look(state, 1000)
    found = clock.look(state, 1060)
    assert (said(found), found.look_again_at) == ([], 1000 + STEADY_AFTER)
    later = 1000 + 2 * STEADY_AFTER
    clock.look(state, later)
    found = clock.look(state, later + RESTS)
    assert (said(found), found.look_again_at) == ([], None)
    assert clock.look(state, later + 5000) == replace(found, bound=None)


def test_replacements_are_ready_before_the_first_pod_is_evicted() -> None:
    clock, state = Clock(), observed(larges(2), on("1500m", "1500m"))
    clock.look(state, 1000)
    first = clock.look(state, 1060)
    assert said(first) == [
        "launch c5.xlarge Underutilized", "cordon n0 Underutilized", "cordon n1 Underutilized",
    ]  # fmt: skip
    claim = next(action.claim for action in first.actions if isinstance(action, Launch))
    cordoned = [replace(node, reason=UNDERUTILIZED) for node in larges(2)]
    for event, at in ((Event.LAUNCHED, 1063), (Event.REGISTERED, 1090)):
        claim = claim.after(event, at)
        assert said(clock.look(replace(state, nodeclaims=(*cordoned, claim)), at)) == []
    claim = claim.after(Event.HELD, 1105)
    ready = observed([*cordoned, claim], on("1500m", "1500m"))
    assert said(clock.look(ready, 1105)) == ["drain n0 Underutilized", "drain n1 Underutilized"]


def test_one_launch_for_nodes_that_go_as_budgets_let_them() -> None:
    clock, pods = Clock(pools=(ONE,)), on("1500m", "1500m")
    clock.look(observed(larges(2), pods), 1000)
    first = clock.look(observed(larges(2), pods), 1060)
    assert said(first) == [
        "launch c5.xlarge Underutilized", "cordon n0 Underutilized", "cordon n1 Underutilized",
    ]  # fmt: skip
    claim = next(action.claim for action in first.actions if isinstance(action, Launch))
    for event, at in ((Event.LAUNCHED, 1063), (Event.REGISTERED, 1090), (Event.HELD, 1105)):
        claim = claim.after(event, at)
    n0, n1 = (replace(node, reason=UNDERUTILIZED) for node in larges(2))
    assert said(clock.look(observed([n0, n1, claim], pods), 1105)) == ["drain n0 Underutilized"]
    going = observed([replace(n0, phase=Phase.DRAINING), n1, claim], pods)
    assert said(clock.look(going, 1110)) == []
    gone = observed([n1, claim], [owned(replace(pods[0], node_name=claim.name)), pods[1]])
    assert said(clock.look(gone, 1120)) == ["drain n1 Underutilized"]


@pytest.mark.parametrize(("at", "cordoned"), [(1000, 2), (3000, 0)])
def test_nothing_waits_for_budgets_that_close_before_it_would_go(at: int, cordoned: int) -> None:
    closed = NodeBudget(0, schedule="0 * * * *", duration_seconds=600)
    pool = nodepool(disruption=Disruption(budgets=(NodeBudget(1), closed)))
    clock, state = Clock(pools=(pool,)), observed(larges(2), on("1500m", "1500m"))
    clock.look(state, at)
    found = clock.look(state, at + 60)
    assert sum(isinstance(action, Cordon) for action in found.actions) == cordoned


def test_where_waves_were_in_vain_they_are_tried_again_when_that_is_over() -> None:
    clock, state = Clock(pools=(ONE,)), observed(larges(2), on("1500m", "1500m"))
    clock.memory = Memory(own=OptimalMemory(waves_again_at=50_000))
    clock.look(state, 40_000)
    assert said(clock.look(state, 40_060)) == []
    clock.look(state, 47_300)  # the load has been steady for two hours: nothing changes from now on
    found = clock.look(state, 47_360)
    assert (said(found), found.look_again_at) == ([], 50_000)
    clock.look(state, 50_000)
    assert any(isinstance(action, Cordon) for action in clock.look(state, 50_060).actions)


def test_a_replacement_that_does_not_come_calls_it_off() -> None:
    clock, state = Clock(), observed(larges(2), on("1500m", "1500m"))
    clock.look(state, 1000)
    assert any(isinstance(action, Cordon) for action in clock.look(state, 1060).actions)
    assert said(clock.look(state, 1070)) == ["uncordon n0 ", "uncordon n1 "]


def test_drifted_nodes_are_replaced_one_at_a_time_and_none_whose_pods_find_no_place() -> None:
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]),
                    disruption=Disruption(budgets=()))  # fmt: skip
    claims = [
        nodeclaim("n0", "m5.4xlarge"),
        nodeclaim("n1", "r5.large"),
        nodeclaim("n2", "r5.large"),
    ]
    state = observed(claims, on("15", "1700m", "1700m"))
    assert said(Clock(pools=(pool,)).look(state, 0)) == ["launch m5.large Drifted",
                                                         "cordon n1 Drifted"]  # fmt: skip
    assert said(Clock(pools=(pool,)).look(observed(claims[:1], on("9")), 0)) == []


def test_nodes_whose_successors_drift_as_they_did_are_not_replaced_for_ever() -> None:
    tainted = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]),
                       disruption=Disruption(budgets=()),
                       labels=(("team", "shop"),))  # fmt: skip
    clock, claims, pods = Clock(pools=(tainted,)), larges(3), on("1700m", "1700m", "1700m")
    begun, at, day = [], 1_000, 86_400
    while at < day:  # whatever is launched loses its label at once
        decision = clock.look(observed(claims, pods), at)
        launches = [action.claim for action in decision.actions if isinstance(action, Launch)]
        gone = {action.node for action in decision.actions if isinstance(action, Cordon | Drain)}
        if launches:
            begun.append(at)
            fresh = nodeclaim(launches[0].name, created_at=at, launched_at=at)
            (old,) = gone
            claims = [fresh if claim.name == old else claim for claim in claims]
            pods = [replace(p, node_name=fresh.name) if p.node_name == old else p for p in pods]
            clock.memory = replace(clock.memory, disruptions=(), planned=())
        again = decision.look_again_at
        at = max(at + 60, again or 0) if not launches else at + 60
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert gaps[0] == 600
    assert all(later >= 2 * earlier for earlier, later in itertools.pairwise(gaps))
    assert len(begun) < 10


def at_risk(*names_of: str) -> list[NodeClaim]:
    return [
        nodeclaim(name, capacity_type="spot", rebalance_at=1 if name in names_of else None)
        for name in ("n0", "n1")
    ]


def test_a_node_that_ec2_recommends_to_leave_is_replaced_and_drained_when_that_is_ready() -> None:
    clock, state = Clock(), observed(at_risk("n0"), on("1700m", "1700m"))
    found = clock.look(state, 10)
    assert said(found) == ["launch m5.large Rebalanced", "cordon n0 Rebalanced"]
    fresh = next(action.claim for action in found.actions if isinstance(action, Launch))
    coming = replace(fresh, phase=Phase.REGISTERED, launched_at=10)
    assert said(clock.look(replace(state, nodeclaims=(*state.nodeclaims, coming)), 30)) == []
    ready = replace(coming, phase=Phase.READY, ready_at=60)
    cluster = replace(state.cluster, nodes=(*state.cluster.nodes, ready.node))
    there = replace(state, cluster=cluster, nodeclaims=(*state.nodeclaims, ready))
    assert said(clock.look(there, 60))[:1] == ["drain n0 Rebalanced"]


def test_a_node_at_risk_whose_pods_have_room_elsewhere_is_drained_at_once() -> None:
    state = observed(at_risk("n1"), on("800m", "800m"))
    assert said(Clock().look(state, 10)) == ["drain n1 Rebalanced"]


def test_nodes_at_risk_go_one_at_a_time_and_within_the_pools_budget() -> None:
    state = observed(at_risk("n0", "n1"), on("1700m", "1700m"))
    assert said(Clock().look(state, 10)) == ["launch m5.large Rebalanced", "cordon n0 Rebalanced"]
    none = nodepool(disruption=Disruption(budgets=(NodeBudget(0),)))
    assert said(Clock(pools=(none,)).look(state, 10)) == []
    drift_only = nodepool(disruption=Disruption(budgets=(NodeBudget(0, reasons=("Drifted",)),)))
    assert len(said(Clock(pools=(drift_only,)).look(state, 10))) == 2


def test_a_node_at_risk_with_a_pod_that_must_not_be_disturbed_stays() -> None:
    state = observed(at_risk("n0"), on("1700m", "1700m"))
    first = state.cluster.pods[0]
    held = replace(
        first, lifecycle=replace(first.lifecycle, eviction=EvictionTerms(do_not_disrupt=True))
    )
    cluster = replace(state.cluster, pods=(held, *state.cluster.pods[1:]))
    assert said(Clock().look(replace(state, cluster=cluster), 10)) == []


@pytest.mark.parametrize(
    ("terms", "goes"),
    [
        ({"safe_to_evict": False}, False),
        ({"do_not_disrupt": True}, False),
        ({"protected_seconds": 10**6}, False),
        ({"local_volumes": ("tmp",)}, True),
        ({"safe_to_evict": True}, True),
        ({"nano_usd": 10**9}, False),
    ],
)
def test_what_pods_say_of_evictions_counts(terms: dict[str, Any], goes: bool) -> None:
    pods = [owned(item, **terms) for item in on("400m", "400m")]
    assert bool(said(rested(larges(2), pods))) == goes


def test_it_looks_again_when_a_pods_protection_ends() -> None:
    pods = [owned(i, protected_seconds=100, started_at=0) for i in on("400m", "400m")]
    assert Clock().look(observed(larges(2), pods), 10).look_again_at == 30  # to consolidate
    held = [owned(i, protected_seconds=25, started_at=0) for i in on("400m", "400m")]
    assert Clock().look(observed(larges(2), held), 10).look_again_at == 25


@pytest.mark.parametrize(
    "disruption",
    [
        Disruption(when_underutilized=False, budgets=()),
        Disruption(consolidate_after=None, budgets=()),
        Disruption(budgets=(NodeBudget(0),)),
    ],
    ids=["WhenEmpty", "Never", "no budget"],
)
def test_a_pool_that_lets_none_of_its_used_nodes_go_keeps_them(disruption: Disruption) -> None:
    assert (
        said(rested(larges(2), on("400m", "400m"), pools=(nodepool(disruption=disruption),))) == []
    )


def test_what_a_budgets_schedule_held_back_goes_when_its_window_is_over() -> None:
    window = NodeBudget(0, schedule="0 * * * *", duration_seconds=1800)
    clock = Clock(pools=(nodepool(disruption=Disruption(budgets=(window,))),))
    state = observed(larges(2), on("400m", "400m"))
    clock.look(state, 60)
    found = clock.look(state, 120)
    assert (said(found), found.look_again_at) == ([], 1800)
    found = clock.look(state, 1800)
    assert (said(found), found.look_again_at) == ([], 1800 + RESTS)
    assert said(clock.look(state, 1800 + RESTS)) == ["drain n0 Underutilized"]


def test_what_nothing_holds_back_is_drained_at_once() -> None:
    pool = nodepool(disruption=Disruption(expire_after=900, budgets=(NodeBudget(0),)))
    claims = [
        nodeclaim("spot", notice_at=1020, capacity_type="spot", created_at=900),
        nodeclaim("late", phase=Phase.LAUNCHED, launched_at=100, created_at=150),
        nodeclaim("unready", phase=Phase.REGISTERED, launched_at=100, created_at=150),
        nodeclaim("old", created_at=100),
    ]
    found = Clock(pools=(pool,)).look(observed(claims), 1000)
    drains = [action for action in found.actions if isinstance(action, Drain)]
    assert [(drain.node, drain.reason) for drain in drains] == [
        ("spot", INTERRUPTED), ("late", NOT_REGISTERED), ("unready", NOT_REGISTERED),
        ("old", EXPIRED),
    ]  # fmt: skip


def test_pods_of_nodes_that_go_have_new_ones_launched_for_them() -> None:
    state = observed([nodeclaim("n0", notice_at=120, capacity_type="spot")], on("1500m"))
    assert said(Clock().look(state, 0)) == ["drain n0 Interrupted", "launch m5.large Provisioning"]


def held(clock: Clock, found: Decision, at: int) -> list[str]:
    """Hold all launches, cordons and drains back, but for empty nodes; return the decision."""
    outcomes = [
        Outcome(action.claim.name, HELD_BACK)
        if isinstance(action, Launch)
        else Outcome(action.node, HELD_BACK, reason=action.reason)
        for action in found.actions
        if isinstance(action, Launch | Cordon | Drain) and action.reason != "Empty"
    ]
    clock.memory = clock.memory.learned(outcomes, at)
    return said(found)


def test_a_launch_that_is_held_or_refused_does_not_keep_empty_nodes() -> None:
    clock, state = Clock(), observed(larges(3), [pod("w", "3500m")])
    found = clock.look(state, 0)
    assert held(clock, found, 0) == ["launch c5.xlarge Provisioning"]
    empties = [f"drain n{n} Empty" for n in range(3)]
    assert held(clock, clock.look(state, 5), 5) == ["launch c5.xlarge Provisioning", *empties]
    more = observed(larges(3), [pod("w", "3500m"), pod("x", "3500m")])
    assert all("launch" in text for text in said(clock.look(more, 10))), "a new pod comes first"


def test_an_expired_node_that_is_held_does_not_keep_empty_nodes() -> None:
    pool = nodepool(disruption=Disruption(budgets=(), expire_after=100))
    young = [nodeclaim(name, created_at=1_000) for name in ("n1", "n2")]
    pods = [owned(pod(name, load, node="n0")) for name, load in (("a", "3000m"), ("b", "800m"))]
    clock, state = Clock(pools=(pool,)), observed([nodeclaim("n0", "c5.xlarge"), *young], pods)
    expiry = ["drain n0 Expired", "launch c5.xlarge Provisioning"]
    assert held(clock, clock.look(state, 1_000), 1_000) == expiry
    found = clock.look(state, 1_005)
    assert held(clock, found, 1_005) == [*expiry, "drain n2 Empty"]
    assert any((item.pod, item.subject) == ("default/b", "n1") for item in found.waiting)


def test_after_a_replacement_that_is_held_others_follow_and_consolidation_between_them() -> None:
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]),
                    disruption=Disruption(budgets=()))  # fmt: skip
    claims = [nodeclaim("n0", "r5.large"), nodeclaim("n1", "r5.large"), *(
        nodeclaim(f"n{number}") for number in (2, 3)
    )]  # fmt: skip
    clock, state = Clock(pools=(pool,)), observed(claims, on("1700m", "1700m", "400m", "400m"))
    turns = {at: held(clock, clock.look(state, at), at) for at in range(1_000, 1_105, 5)}
    found = {at: actions for at, actions in turns.items() if actions}
    drifted = ["launch m5.large Drifted", "cordon n0 Drifted"]
    assert (found.pop(1_000), found.pop(1_005)) == (drifted, ["uncordon n0 "])
    at = min(found)
    assert at < 1_060
    assert all("Underutilized" in text for text in found[at])
    assert found[1_060] == ["launch m5.large Drifted", "cordon n1 Drifted"]


def test_a_pod_that_waits_in_vain_is_no_part_of_a_replacement() -> None:
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]),
                    disruption=Disruption(budgets=()))  # fmt: skip
    claims = [nodeclaim("n0", "r5.large")]
    clock = Clock(pools=(pool,))
    state = observed(claims, [*on("1700m"), pod("w", "1800m")])
    launch = "launch m5.large Provisioning"
    assert held(clock, clock.look(state, 0), 0) == [launch]
    found = clock.look(state, 5)
    assert said(found) == [launch, "launch m5.large Drifted", "cordon n0 Drifted"]
    names_of = [action.claim.name for action in found.actions if isinstance(action, Launch)]
    assert len(set(names_of)) == 2
    assert dict(clock.memory.planned) == dict(
        zip(("default/w", "default/p0"), names_of, strict=True)
    )
