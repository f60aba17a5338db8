"""Cluster Autoscaler's rules, each a sentence. Source: kubernetes/autoscaler 1.36.

Types are those of kubestow.testing: m5.large has 1930 millicpu and 6584 MiB.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.disruption.candidate import NOMINATED, POD
from kubestow.model import labels as names
from kubestow.model.decision import (
    EMPTY,
    INTERRUPTED,
    UNDERUTILIZED,
    Decision,
    Drain,
    Launch,
    Outcome,
)
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import DisruptionBudget, Snapshot
from kubestow.model.workload import Lifecycle
from kubestow.policies.cluster_autoscaler import (
    LOCAL,
    ROOM,
    SYSTEM,
    UTILIZED,
    WAITS,
    ClusterAutoscaler,
)
from kubestow.policies.cluster_autoscaler_packing import Expander
from kubestow.testing import ZONES, nodeclaim, nodepool, observed, owned, pod, selector

POOL = nodepool()
LONG = 600


class Clock:
    """Cluster Autoscaler looking at a cluster, with its own memory."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("pools", (POOL,))
        self.memory, self.policy = Memory(), ClusterAutoscaler(**options)

    def look(self, state: Snapshot, at: int) -> Decision:
        found, self.memory = self.policy.decide(
            replace(state, at=at), self.memory, SilentReporter()
        )
        return found


def drained(found: Decision) -> list[tuple[str, str]]:
    return [(a.node, a.reason) for a in found.actions if isinstance(a, Drain)]


def launched(found: Decision) -> list[str]:
    return [a.claim.instance_type for a in found.actions if isinstance(a, Launch)]


def reasons(found: Decision) -> dict[str, str]:
    return {kept.node: kept.reason for kept in found.kept}


def larges(count: int, **options: Any) -> list[NodeClaim]:
    return [nodeclaim(f"n{number:02}", **options) for number in range(count)]


def on(*loads: str, **options: Any) -> list[Pod]:
    """Return a pod on each of the nodes n00, n01, ... that asks for so much cpu."""
    return [
        owned(pod(f"p{n}", cpu, node=f"n{n:02}", **options)) for n, cpu in enumerate(loads) if cpu
    ]


def at_last(claims: Iterable[NodeClaim], pods: Iterable[Pod] = (), **options: Any) -> Decision:
    """Return what is done once everything has been as it is for ten minutes."""
    clock, state = Clock(), observed(claims, pods, **options)
    clock.look(state, 0)
    return clock.look(state, LONG)


# --- down -------------------------------------------------------------------------------------


def test_a_node_goes_when_it_has_been_unneeded_for_ten_minutes() -> None:
    clock, state = Clock(), observed(larges(2), on("400m", "1500m"))
    first = clock.look(state, 0)
    assert (drained(first), reasons(first)["n00"], first.look_again_at) == ([], WAITS, LONG)
    assert drained(clock.look(state, LONG - 1)) == []
    assert drained(clock.look(state, LONG)) == [("n00", UNDERUTILIZED)]


def test_a_node_that_was_needed_in_between_waits_anew() -> None:
    clock, state = Clock(), observed(larges(2), on("400m", "1500m"))
    busy = observed(larges(2), on("1400m", "1500m"))
    clock.look(state, 0)
    clock.look(busy, 300)
    clock.look(state, 400)
    assert drained(clock.look(state, LONG)) == []
    assert drained(clock.look(state, 400 + LONG)) == [("n00", UNDERUTILIZED)]


@pytest.mark.parametrize(
    ("cpu", "memory", "goes"),
    [
        ("964m", "128Mi", True),
        ("965m", "128Mi", False),  # half of 1930
        ("100m", "3291Mi", True),
        ("100m", "3292Mi", False),  # half of 6584
    ],
)
def test_a_node_whose_pods_ask_for_half_of_its_cpu_or_memory_stays(
    cpu: str, memory: str, goes: bool
) -> None:
    claims = [nodeclaim("n00"), nodeclaim("n01", "m5.4xlarge")]
    pods = [owned(pod("a", cpu, memory, node="n00")), owned(pod("b", "8", node="n01"))]
    found = at_last(claims, pods)
    assert drained(found) == ([("n00", UNDERUTILIZED)] if goes else [])
    assert reasons(found).get("n00") == (None if goes else UTILIZED)


def test_daemonsets_pods_count_for_how_much_a_node_is_used() -> None:
    claims = [nodeclaim("n00"), nodeclaim("n01", "m5.4xlarge")]
    daemon = replace(pod("agent", "900m", node="n00"), daemonset="kube-system/agent")
    pods = [owned(pod("a", "100m", node="n00")), owned(pod("b", "8", node="n01")), daemon]
    assert reasons(at_last(claims, pods))["n00"] == UTILIZED


def test_a_nodes_use_is_what_it_is_now_not_with_the_pods_of_others_that_go() -> None:
    claims = [nodeclaim("n00"), nodeclaim("n01"), nodeclaim("n02", "m5.4xlarge")]
    pods = [*on("800m", "800m"), owned(pod("b", "15500m", node="n02"))]
    # The pod of n00 would go to n01, where both then find no room: that is what keeps n01.
    found = at_last(claims, pods)
    assert drained(found) == [("n00", UNDERUTILIZED)]
    assert reasons(found)["n01"] == ROOM


def test_a_node_whose_pods_find_no_room_elsewhere_stays() -> None:
    found = at_last(larges(2), on("900m", "1500m"))
    assert (drained(found), reasons(found)["n00"]) == ([], ROOM)


def test_ten_empty_nodes_go_at_once_and_of_those_with_pods_one() -> None:
    found = at_last(larges(12))
    assert drained(found) == [(f"n{n:02}", EMPTY) for n in range(10)]
    claims = [*larges(5), nodeclaim("big", "m5.4xlarge")]
    pods = [*on(*["300m"] * 5), owned(pod("b", "9", node="big"))]
    assert drained(at_last(claims, pods)) == [("n00", UNDERUTILIZED)]


def test_a_node_with_pods_goes_beside_empty_ones_within_the_ten() -> None:
    claims = [*larges(3), nodeclaim("big", "m5.4xlarge")]
    pods = [*on("300m", "300m"), owned(pod("b", "9", node="big"))]
    assert drained(at_last(claims, pods)) == [("n02", EMPTY), ("n00", UNDERUTILIZED)]


def test_nodes_already_going_are_counted_among_the_ten_and_the_one() -> None:
    going = [nodeclaim(f"g{n}", phase=Phase.DRAINING, reason=EMPTY) for n in range(8)]
    assert len(drained(at_last([*larges(12), *going]))) == 2
    busy = [nodeclaim("g", phase=Phase.DRAINING, reason=UNDERUTILIZED)]
    big = nodeclaim("big", "m5.4xlarge")
    pods = [*on("300m", "300m"), owned(pod("b", "9", node="big"))]
    assert drained(at_last([*larges(2), big, *busy], pods)) == []


def test_an_empty_node_that_a_pod_which_waits_is_planned_on_stays() -> None:
    clock, there = Clock(), owned(pod("a", "1200m", node="n01"))
    clock.look(observed(larges(2), [there]), 0)
    found = clock.look(observed(larges(2), [there, owned(pod("late", "400m"))]), LONG)
    assert [(w.reason, w.subject) for w in found.waiting] == [("planned", "n00")]
    assert (drained(found), reasons(found)["n00"]) == ([], NOMINATED)


def test_none_goes_for_ten_minutes_after_nodes_were_asked_for() -> None:
    clock, state = Clock(), observed(larges(2), on("400m", "1500m"))
    clock.look(state, 0)
    crowded = observed(larges(2), [*on("400m", "1500m"), pod("new", "1900m")])
    assert launched(clock.look(crowded, 300)) == ["m5.large"]
    assert drained(clock.look(state, LONG)) == []
    assert drained(clock.look(state, 300 + LONG - 1)) == []
    assert drained(clock.look(state, 300 + LONG)) == [("n00", UNDERUTILIZED)]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"local_volumes": ("tmp",)}, LOCAL),
        ({"safe_to_evict": False}, POD),
        ({"do_not_disrupt": True}, None),
        ({"protected_seconds": 10**6}, None),
        ({"local_volumes": ("tmp",), "safe_to_evict": True}, None),
    ],
)
def test_safe_to_evict_and_local_data_count_and_do_not_disrupt_does_not(
    terms: dict[str, Any], reason: str | None
) -> None:
    pods = on("400m", "1500m")
    marked = [owned(item, **(terms if item.name == "p0" else {})) for item in pods]
    found = at_last(larges(2), marked)
    assert drained(found) == ([] if reason else [("n00", UNDERUTILIZED)])
    assert reasons(found).get("n00") == reason


@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_safe_to_evict_lifts_what_holds_pods_that_are_bare_or_of_kube_system(
    namespace: str,
) -> None:
    bare = pod("bare", "400m", node="n00", namespace=namespace)
    others = [owned(item) for item in on("", "1500m")]
    assert drained(at_last(larges(2), [bare, *others])) == []
    safe = replace(bare, lifecycle=Lifecycle(eviction=EvictionTerms(safe_to_evict=True)))
    assert drained(at_last(larges(2), [safe, *others])) == [("n00", UNDERUTILIZED)]


def test_a_pod_of_kube_system_holds_its_node_unless_a_disruption_budget_covers_it() -> None:
    system = owned(pod("dns", "400m", labels={"app": "dns"}, node="n00", namespace="kube-system"))
    pods = [system, *on("", "1500m")]
    found = at_last(larges(2), pods)
    assert (drained(found), reasons(found)["n00"]) == ([], SYSTEM)
    budget = DisruptionBudget("kube-system", "dns", selector(app="dns"), 0, None, 1)
    covered = at_last(larges(2), pods, disruption_budgets=(budget,))
    assert drained(covered) == [("n00", UNDERUTILIZED)]
    elsewhere = replace(budget, namespace="default")
    assert drained(at_last(larges(2), pods, disruption_budgets=(elsewhere,))) == []


def test_neither_consolidate_after_nor_a_nodepools_budget_nor_expiration_means_anything() -> None:
    strict = Disruption(consolidate_after=10**9, expire_after=1, budgets=(NodeBudget(0),))
    clock = Clock(pools=(nodepool(disruption=strict),))
    state = observed(larges(1, ready_at=0))
    assert drained(clock.look(state, 0)) == []
    assert drained(clock.look(state, LONG)) == [("n00", EMPTY)]


def test_a_spot_instance_with_a_notice_is_drained_at_once() -> None:
    found = Clock().look(observed([nodeclaim("n00", notice_at=120, capacity_type="spot")]), 0)
    assert drained(found) == [("n00", INTERRUPTED)]


# --- up ---------------------------------------------------------------------------------------


def test_an_offering_without_capacity_is_left_alone_for_a_while() -> None:
    clock, state = Clock(), observed([], [pod("a", "1500m")])
    assert launched(clock.look(state, 0)) == ["m5.large"]
    none = [Outcome("n", Event.INSUFFICIENT_CAPACITY, ("m5.large", z, "on-demand")) for z in ZONES]
    clock.memory = clock.memory.learned(none, 10)
    assert launched(clock.look(state, 20)) != ["m5.large"]
    clock.memory = clock.memory.learned((), 190)
    assert launched(clock.look(state, 190)) == ["m5.large"]


@pytest.mark.parametrize(
    ("expander", "chosen"),
    [
        ("least-waste", ["m5.large"]),  # the most of its cpu and memory is asked for
        ("least-nodes", ["m5.4xlarge"]),  # one carries both pods
        ("most-pods", ["m5.large"]),  # all can take both: the first group
        ("priority", ["r5.large"]),  # of the first NodePool
    ],
)
def test_the_expander_chooses_the_group(expander: Expander, chosen: list[str]) -> None:
    first = nodepool("first", (names.INSTANCE_TYPE, "In", ["r5.large"]))
    second = nodepool("second", (names.INSTANCE_TYPE, "In", ["m5.large", "m5.4xlarge"]))
    pools = (first, second) if expander == "priority" else (second,)
    state = observed([], [pod(f"w{n}", "1700m", "3Gi") for n in range(2)])
    assert sorted(set(launched(Clock(pools=pools, expander=expander).look(state, 0)))) == chosen


def test_nodes_that_are_coming_are_counted_before_more_are_asked_for() -> None:
    state = observed([nodeclaim("n00", phase=Phase.LAUNCHED)], [pod("a", "1500m")])
    assert launched(Clock().look(state, 0)) == []


def test_no_node_goes_in_the_loop_that_asks_for_some() -> None:
    clock, state = Clock(), observed(larges(1))
    clock.look(state, 0)
    crowded = observed(larges(1), [pod("huge", "9")])
    assert drained(clock.look(crowded, LONG)) == []
