"""Karpenter's rules, each a sentence. Source: kubernetes-sigs/karpenter v1.14 pkg/controllers.

Types are those of kubestow.testing: m5.large has 1930 millicpu for 0.096 USD an hour, c5.xlarge
3920 for 0.17, m5.4xlarge 15890 for 0.768.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.candidate import NOMINATED
from kubestow.model import labels as names
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    EXPIRED,
    UNDERUTILIZED,
    Cordon,
    Decision,
    Drain,
    Launch,
)
from kubestow.model.instance_type import InstanceType
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import DisruptionBudget, Snapshot
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.pod_batching import BATCHED
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import (
    GENERAL,
    affinity_term,
    catalog,
    instance_type,
    nodeclaim,
    nodepool,
    observed,
    owned,
    pod,
    selector,
)

NO_LIMIT = Disruption(budgets=())
POOL = nodepool(disruption=NO_LIMIT)
SPOT_TOO = catalog(*GENERAL, spot=0.3)


def decide(
    claims: Iterable[NodeClaim],
    pods: Iterable[Pod] = (),
    pools: tuple[NodePool, ...] = (POOL,),
    policy: dict[str, Any] | None = None,
    **options: Any,
) -> Decision:
    """Return what Karpenter without a memory does now."""
    state = observed(claims, pods, **options)
    return Karpenter(pools, **(policy or {})).decide(state, Memory(), SilentReporter())[0]


def said(found: Decision) -> list[str]:
    """Return the actions in short: drain n0 Empty."""
    return [
        f"launch {action.claim.instance_type} {action.reason}"
        if isinstance(action, Launch)
        else f"{type(action).__name__.lower()} {action.node} {getattr(action, 'reason', '')}"
        for action in found.actions
    ]


def on(*loads: str, **options: Any) -> list[Pod]:
    """Return a pod on each of the nodes n0, n1, ... that asks for so much cpu."""
    return [owned(pod(f"p{n}", cpu, node=f"n{n}", **options)) for n, cpu in enumerate(loads) if cpu]


def larges(count: int, **options: Any) -> list[NodeClaim]:
    return [nodeclaim(f"n{number}", **options) for number in range(count)]


# --- scale-up ---------------------------------------------------------------------------------


class Clock:
    """Karpenter looking at pods that come at certain seconds, with its own memory."""

    def __init__(self) -> None:
        self.memory, self.policy = Memory(), Karpenter((POOL,))

    def look(self, at: int, pods: int, claims: Sequence[NodeClaim] = ()) -> Decision:
        state = observed(claims, [pod(f"w{n}", "1500m") for n in range(pods)], at=at)
        found, self.memory = self.policy.decide(state, self.memory, SilentReporter())
        return found


def test_pods_are_packed_one_second_after_the_last_came() -> None:
    clock = Clock()
    assert (said(clock.look(100, 1)), clock.look(100, 1).look_again_at) == ([], 101)
    assert (said(clock.look(101, 2)), clock.look(101, 2).look_again_at) == ([], 102)
    assert said(clock.look(102, 2)) == ["launch c5.xlarge Provisioning"]


def test_every_pod_that_is_gathered_says_so_or_on_which_node_it_was_planned() -> None:
    clock = Clock()
    found = clock.look(100, 2)
    assert [(w.pod, w.reason) for w in found.waiting] == [
        ("default/w0", BATCHED), ("default/w1", BATCHED),
    ]  # fmt: skip
    (launch,) = clock.look(101, 2).actions
    assert isinstance(launch, Launch)
    claim = replace(launch.claim, phase=Phase.LAUNCHED)
    found = clock.look(102, 3, [claim])
    assert [(w.pod, w.reason, w.subject) for w in found.waiting] == [
        ("default/w0", PLANNED, claim.name),
        ("default/w1", PLANNED, claim.name),
        ("default/w2", BATCHED, ""),
    ]


def test_an_empty_node_that_a_pod_is_planned_on_stays() -> None:
    clock = Clock()
    nodes = [nodeclaim("n1"), nodeclaim("n2")]
    assert said(clock.look(100, 0, nodes)) != []
    clock.look(101, 1, nodes[:1])
    found = clock.look(102, 1, nodes[:1])
    assert said(found) == []
    assert [(k.node, k.reason) for k in found.kept] == [("n1", NOMINATED)]


def test_pods_that_keep_coming_are_packed_ten_seconds_after_the_first() -> None:
    clock = Clock()
    for second in range(10):
        found = clock.look(100 + second, second + 1)
        assert (said(found), found.look_again_at) == ([], min(101 + second, 110))
    assert len(clock.look(110, 11).actions) > 1


def test_pods_that_come_while_others_wait_for_their_nodes_are_gathered_anew() -> None:
    clock = Clock()
    clock.look(100, 1)
    (launch,) = clock.look(101, 1).actions
    assert isinstance(launch, Launch)
    coming = [launch.claim.after(Event.LAUNCHED, 104)]
    assert said(clock.look(120, 1, coming)) == []
    found = clock.look(121, 2, coming)
    assert (said(found), found.look_again_at) == ([], 122)
    assert said(clock.look(122, 2, coming)) == ["launch m5.large Provisioning"]


def test_a_claim_comes_from_the_heaviest_nodepool_that_can_whatever_it_costs() -> None:
    dear = nodepool("dear", (names.INSTANCE_TYPE, "In", ["m5.4xlarge"]), weight=10)
    cheap = nodepool("cheap", (names.INSTANCE_TYPE, "In", ["m5.large"]))
    policy, state = Karpenter((cheap, dear)), observed([], [pod("a", "1")])
    _, memory = policy.decide(state, Memory(), SilentReporter())
    found, _ = policy.decide(replace(state, at=1), memory, SilentReporter())
    assert said(found) == ["launch m5.4xlarge Provisioning"]


# --- the order of its methods -----------------------------------------------------------------


def test_emptiness_comes_before_drift_and_drift_before_consolidation() -> None:
    pool = nodepool("pool", (names.INSTANCE_TYPE, "NotIn", ["r5.large"]), disruption=NO_LIMIT)
    empty, drifted = nodeclaim("n0"), nodeclaim("n1", "r5.large")
    some = on("", "1600m", "400m", "400m")
    everything = [empty, drifted, nodeclaim("n2"), nodeclaim("n3")]
    assert said(decide(everything, some, (pool,))) == ["drain n0 Empty"]
    assert said(decide(everything[1:], some, (pool,))) == [
        "launch m5.large Drifted", "cordon n1 Drifted",
    ]  # fmt: skip
    assert said(decide(everything[2:], some[1:], (pool,))) == ["drain n2 Underutilized"]


def test_all_empty_nodes_within_the_budget_go_at_once() -> None:
    assert len(decide(larges(12)).actions) == 12
    pool = nodepool(disruption=Disruption(budgets=(NodeBudget("10%"),)))
    assert said(decide(larges(12), pools=(pool,))) == ["drain n0 Empty", "drain n1 Empty"]


def test_empty_nodes_go_also_where_only_these_may_and_stay_where_consolidation_is_never() -> None:
    when_empty = nodepool(disruption=Disruption(when_underutilized=False, budgets=()))
    never = nodepool(disruption=Disruption(consolidate_after=None, budgets=()))
    claims, pods = larges(3), on("", "400m", "400m")
    assert said(decide(claims, pods, (when_empty,))) == ["drain n0 Empty"]
    assert said(decide(claims[1:], pods, (when_empty,))) == []
    assert said(decide(claims, pods, (never,))) == []


def test_one_drifted_node_is_replaced_at_a_time_and_empty_ones_come_first() -> None:
    no_empty = Disruption(budgets=(NodeBudget(0, (EMPTY,)),))
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]), disruption=no_empty)
    claims = [nodeclaim("n0", "r5.large"), nodeclaim("n1", "r5.large")]
    assert said(decide(claims, on("1500m"), (pool,))) == ["drain n1 Drifted"]
    assert len(decide(claims, on("1500m", "1500m"), (pool,)).actions) == 2


def test_a_drifted_node_whose_pods_would_find_no_place_stays_and_the_next_is_taken() -> None:
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]), disruption=NO_LIMIT)
    claims = [nodeclaim("n0", "m5.4xlarge"), nodeclaim("n1", "r5.large")]
    assert said(decide(claims, on("9", "1500m"), (pool,))) == ["drain n1 Drifted"]
    assert said(decide(claims[:1], on("9"), (pool,))) == []


def test_drift_does_not_wait_for_consolidate_after() -> None:
    patient = Disruption(consolidate_after=10**6, budgets=())
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]), disruption=patient)
    claims = [nodeclaim("n0", "r5.large"), nodeclaim("n1")]
    assert said(decide(claims, on("400m", ""), (pool,))) == ["drain n0 Drifted"]


def test_it_looks_again_when_the_first_node_is_old_enough() -> None:
    patient = Disruption(consolidate_after=10**6, budgets=())
    pool = nodepool("pool", (names.INSTANCE_TYPE, "In", ["m5.large"]), disruption=patient)
    claims = [replace(nodeclaim(f"n{n}"), ready_at=5 * n) for n in range(2)]
    found = decide(claims, on("400m", "400m"), (pool,))
    assert not found.actions
    assert found.look_again_at == 10**6


def test_expiration_is_at_once_and_waits_for_no_budget() -> None:
    pool = nodepool(disruption=Disruption(expire_after=60, budgets=(NodeBudget(0),)))
    found = decide(larges(2), on("400m", "400m"), (pool,), at=60)
    assert found.actions[:2] == (Drain("n0", EXPIRED), Drain("n1", EXPIRED))


def test_nothing_is_disrupted_of_free_will_while_pods_wait_to_be_packed() -> None:
    assert said(decide(larges(1), [pod("a")])) == []


# --- consolidation ----------------------------------------------------------------------------


def test_several_nodes_are_replaced_by_at_most_one_cheaper_node() -> None:
    assert said(decide(larges(2), on("1500m", "1500m"))) == [
        "launch c5.xlarge Underutilized", "cordon n0 Underutilized", "cordon n1 Underutilized",
    ]  # fmt: skip
    big = [nodeclaim(f"n{number}", "m5.4xlarge") for number in range(2)]
    two = decide(big, on("9", "9"), policy={"single_node_most": 0})
    assert said(two) == []  # together they need two nodes; alone each stays what it is


NO_DRIFT = Disruption(budgets=(NodeBudget(0, (DRIFTED,)),))
SMALLER = nodepool("pool", (names.INSTANCE_TYPE, "NotIn", ["m5.4xlarge"]), disruption=NO_DRIFT)
DEAR = nodeclaim("n0", "m5.4xlarge", usd_per_hour=1.0)
"""A node for which the catalog has something cheaper as large, and its pool has not."""


def test_one_node_is_not_replaced_by_several_however_cheap() -> None:
    pods = [owned(pod(f"p{n}", "1500m", "5Gi", node="n0")) for n in range(3)]
    assert said(decide([DEAR], pods, (SMALLER,))) == []
    assert said(decide([DEAR], pods[:2], (SMALLER,))) == [
        "launch m5.xlarge Underutilized", "cordon n0 Underutilized",
    ]  # fmt: skip


def test_replacements_are_ready_before_the_first_pod_is_evicted() -> None:
    policy, state = Karpenter((POOL,)), observed(larges(2), on("1500m", "1500m"))
    first, memory = policy.decide(state, Memory(), SilentReporter())
    assert not any(isinstance(action, Drain) for action in first.actions)
    claim = next(action.claim for action in first.actions if isinstance(action, Launch))
    for event, at in ((Event.LAUNCHED, 3), (Event.REGISTERED, 30)):
        claim = claim.after(event, at)
        coming = replace(state, nodeclaims=(*state.nodeclaims, claim), at=at)
        found, memory = policy.decide(coming, memory, SilentReporter())
        assert found.actions == ()
    ready = replace(coming, nodeclaims=(*state.nodeclaims, claim.after(Event.INITIALIZED, 45)))
    found, memory = policy.decide(ready, memory, SilentReporter())
    assert said(found) == ["drain n0 Underutilized", "drain n1 Underutilized"]
    assert (memory.disruptions, found.look_again_at) == ((), 40)


def chosen(found: Decision) -> set[str]:
    """Return the nodes that are drained or cordoned."""
    return {action.node for action in found.actions if isinstance(action, Drain | Cordon)}


def test_the_longest_run_is_found_by_halving_as_if_shorter_ones_always_fitted() -> None:
    # Nine nodes with 400m each: three keep all pods, so a run of six can go, found by looking at
    # runs of 5, 7 and 6 nodes.
    assert len(chosen(decide(larges(9), on(*["400m"] * 9)))) == 6


@pytest.mark.parametrize(("most", "gone"), [(100, 6), (4, 4), (2, 2)])
def test_multi_node_consolidation_looks_at_so_many_nodes_at_most(most: int, gone: int) -> None:
    found = decide(larges(9), on(*["400m"] * 9), policy={"multi_node_most": most})
    assert len(chosen(found)) == gone
    assert Karpenter(()).multi_node_most == 100


def test_single_nodes_are_looked_at_up_to_a_limit() -> None:
    # n1, which is worth most for its pods, holds one that fits nowhere; n0 could go.
    claims = [nodeclaim("n0"), nodeclaim("n1", "m5.4xlarge")]
    pods = [*on("400m", "13"), owned(pod("q", "100m", node="n0"))]
    assert chosen(decide(claims, pods, policy={"multi_node_most": 0})) == {"n0"}
    assert not chosen(decide(claims, pods, policy={"multi_node_most": 0, "single_node_most": 1}))


def test_nodes_that_cost_most_for_what_they_disrupt_go_first() -> None:
    one = {"multi_node_most": 0}
    pair = on("400m", "400m")
    assert chosen(decide(larges(2), pair, policy=one)) == {"n0"}
    assert chosen(decide(larges(2), [*pair, owned(pod("q", "50m", node="n0"))], policy=one)) == {
        "n1"
    }
    dear = [nodeclaim("n0"), nodeclaim("n1", "r5.large")]
    assert chosen(decide(dear, pair, policy=one)) == {"n1"}


def test_a_pod_of_a_higher_priority_disrupts_more() -> None:
    high = [*on("400m"), owned(pod("high", "400m", node="n1", priority=-(2**24)))]
    assert chosen(decide(larges(2), high, policy={"multi_node_most": 0})) == {"n1"}


def test_nodepools_have_turns_when_single_nodes_are_looked_at() -> None:
    other = nodepool("other", disruption=NO_LIMIT)
    claims = [nodeclaim(f"n{n}", "m5.4xlarge") for n in range(3)]
    claims.append(nodeclaim("n3", nodepool="other"))
    pods = on("13", "13", "13", "400m")
    some = {"multi_node_most": 0, "single_node_most": 2}
    assert chosen(decide(claims, pods, (POOL, other), some)) == {"n3"}
    claims[3] = replace(claims[3], nodepool="pool")
    assert not chosen(decide(claims, pods, (POOL, other), some))


def test_a_replacement_of_a_type_that_is_there_must_be_cheaper_than_the_node_of_it() -> None:
    claims = [nodeclaim("n0", "c5.xlarge"), nodeclaim("n1")]
    pods = on("3500m", "100m")
    # Together they would fit one c5.xlarge; that is n0 itself, so only n1 is taken away.
    assert said(decide(claims, pods)) == ["drain n1 Underutilized"]


def test_a_pool_whose_budget_lets_none_go_keeps_its_nodes_and_the_others_go() -> None:
    held = nodepool("held", disruption=Disruption(budgets=(NodeBudget(0, (UNDERUTILIZED,)),)))
    claims = [nodeclaim("n0", nodepool="held"), nodeclaim("n1"), nodeclaim("n2")]
    assert chosen(decide(claims, on("400m", "400m", "400m"), (POOL, held))) == {"n1", "n2"}


def test_single_nodes_beyond_the_budget_are_looked_at_until_one_can_go() -> None:
    one = nodepool(disruption=Disruption(budgets=(NodeBudget(1),)))
    claims = [nodeclaim("n0", "m5.4xlarge"), nodeclaim("n1")]  # n0 is first, and cannot go
    pods = [*on("13", "400m"), owned(pod("q", "100m", node="n1"))]
    assert chosen(decide(claims, pods, (one,))) == {"n1"}


def test_what_a_budget_held_back_is_looked_at_again_when_nothing_else_has_changed() -> None:
    window = NodeBudget(0, schedule="0 * * * *", duration_seconds=600)
    pool = nodepool(disruption=Disruption(budgets=(window,)))
    state = observed(larges(2), on("400m", "400m"), at=60)
    policy = Karpenter((pool,))
    found, memory = policy.decide(state, Memory(), SilentReporter())
    assert (said(found), found.look_again_at) == ([], 600)
    found, _ = policy.decide(replace(state, at=600), memory, SilentReporter())
    assert said(found) == ["drain n0 Underutilized"]


def test_a_budget_of_pods_and_do_not_disrupt_keep_a_node() -> None:
    strict = DisruptionBudget("default", "strict", selector(app="web"), 0, None, 0)
    web = on("400m", "400m", labels={"app": "web"})
    assert not chosen(decide(larges(2), web, disruption_budgets=(strict,)))
    guarded = [owned(item, do_not_disrupt=True) for item in web]
    assert not chosen(decide(larges(2), guarded))


def test_a_node_goes_when_its_pods_are_old_enough_and_karpenter_looks_again_then() -> None:
    young = [owned(i, protected_seconds=600, started_at=50) for i in on("400m", "400m")]
    policy = Karpenter((POOL,))
    found, memory = policy.decide(observed(larges(2), young, at=60), Memory(), SilentReporter())
    assert (said(found), found.look_again_at) == ([], 650)
    found, _ = policy.decide(observed(larges(2), young, at=650), memory, SilentReporter())
    assert said(found) == ["drain n0 Underutilized"]


@pytest.mark.parametrize("terms", [{"safe_to_evict": False}, {"local_volumes": ("tmp",)}])
def test_what_cluster_autoscaler_heeds_keeps_no_node(terms: dict[str, Any]) -> None:
    marked = [owned(item, **terms) for item in on("400m", "400m")]
    assert chosen(decide(larges(2), marked)) == {"n0"}


def test_nothing_is_planned_for_a_protected_pod_on_a_node_that_is_going() -> None:
    going = nodeclaim("n0", phase=Phase.DRAINING, reason="Expired")
    kept = owned(pod("p", "1500m", node="n0"), do_not_disrupt=True)
    assert said(decide([going], [kept])) == []
    assert said(decide([going], [owned(pod("p", "1500m", node="n0"))])) != []


def test_a_pod_without_a_controller_does_not_keep_a_node() -> None:
    bare = [pod(f"p{n}", "400m", node=f"n{n}") for n in range(2)]
    assert chosen(decide(larges(2), bare)) == {"n0"}


def test_a_node_whose_pods_would_not_all_find_a_place_stays() -> None:
    pods = [*on("9"), owned(pod("small", "1500m", node="n0"))]
    assert said(decide([DEAR], pods, (SMALLER,))) == []
    labelled = nodeclaim("n0", "m5.4xlarge", usd_per_hour=1.0, labels={"disk": "ssd"})
    picky = on("1500m", node_selector=(("disk", "ssd"),))
    assert said(decide([labelled], [*picky, pods[1]], (SMALLER,))) == []


def test_several_nodes_that_would_need_two_new_ones_are_taken_one_by_one() -> None:
    apart = {"anti_affinity": (affinity_term(names.HOSTNAME, app="web"),)}
    pods = on("1500m", "1500m", labels={"app": "web"}, **apart)
    claims = [DEAR, nodeclaim("n1", "m5.4xlarge", usd_per_hour=1.0)]
    assert said(decide(claims, pods, (SMALLER,))) == [
        "launch m5.large Underutilized", "cordon n0 Underutilized",
    ]  # fmt: skip


# --- spot -------------------------------------------------------------------------------------


def fleet(count: int) -> tuple[tuple[InstanceType, float], ...]:
    """Return m5.large and so many types that are cheaper and as large, the first the cheapest."""
    cheaper = tuple((instance_type(f"c5.t{n:02}", 2, 8), 0.05 + n / 1000) for n in range(count))
    return (GENERAL[0], *cheaper)


def spot(count: int, *, gate: bool = True, cpu: str = "1500m", types: int = 1) -> Decision:
    """Return what becomes of spot nodes m5.large where so many types are cheaper."""
    claims = larges(types, capacity_type="spot", usd_per_hour=0.096)
    options: dict[str, Any] = {"catalog_of": catalog(*fleet(count), spot=0.9)}
    return decide(claims, on(*[cpu] * types), policy={"spot_to_spot": gate}, **options)


def test_spot_does_not_replace_spot_unless_asked_to() -> None:
    assert not chosen(spot(20, gate=False))
    assert chosen(spot(20)) == {"n0"}
    assert not Karpenter(()).spot_to_spot


def test_one_spot_node_is_replaced_only_where_fifteen_types_are_cheaper() -> None:
    assert not chosen(spot(13))  # and m5.large itself, for less than is paid: fourteen
    assert chosen(spot(14)) == {"n0"}


def test_types_that_cannot_carry_the_pods_are_not_counted_among_the_fifteen() -> None:
    small = tuple((instance_type(f"t1.t{n:02}", 1, 8), 0.02 + n / 1000) for n in range(20))
    prices = catalog(GENERAL[0], (instance_type("c5.t00", 2, 8), 0.05), *small, spot=0.9)
    claims = larges(1, capacity_type="spot", usd_per_hour=0.096)
    options: dict[str, Any] = {"catalog_of": prices}
    assert not chosen(decide(claims, on("1500m"), policy={"spot_to_spot": True}, **options))


def test_several_spot_nodes_are_replaced_by_one_however_few_types_are_cheaper() -> None:
    prices = catalog(GENERAL[0], (instance_type("c5.xlarge", 4, 16), 0.06), spot=1.0)
    claims = larges(2, capacity_type="spot")
    on_spot = nodepool("pool", (names.CAPACITY_TYPE, "In", ["spot"]), disruption=NO_LIMIT)
    options: dict[str, Any] = {"catalog_of": prices, "policy": {"spot_to_spot": True}}
    assert chosen(decide(claims, on("1500m", "1500m"), (on_spot,), **options)) == {"n0", "n1"}


def test_spot_replaces_on_demand_where_it_is_cheaper() -> None:
    found = decide(larges(1), on("1500m"), catalog_of=SPOT_TOO)
    launch = found.actions[0]
    assert isinstance(launch, Launch)
    assert launch.claim.capacity_type == "spot"


def test_the_same_snapshot_and_memory_give_the_same_decision() -> None:
    def once(state: Snapshot) -> tuple[Decision, Memory]:
        return Karpenter((POOL,)).decide(state, Memory(), SilentReporter())

    state = observed(larges(9), on(*["700m"] * 9))
    assert once(state) == once(state)
    assert Phase.READY is state.nodeclaims[0].phase
