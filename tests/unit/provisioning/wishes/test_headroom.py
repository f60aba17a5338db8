"""Headroom: placeholder pods that are planned with the rest."""

from fractions import Fraction

import pytest

from kubestow import engine
from kubestow.model.headroom import is_headroom
from kubestow.model.nodepool import MIB
from kubestow.model.pod import Pod
from kubestow.model.taints import Taint, Toleration
from kubestow.provisioning.wishes.headroom import with_headroom
from kubestow.testing import node, nodepool, pod, replicas, snapshot
from kubestow.verify import judge

TENTH = Fraction(1, 10)


def placeholders(pods: tuple[Pod, ...], share: Fraction = TENTH) -> list[Pod]:
    state = snapshot(pods)
    amended = with_headroom(state, share, engine.pools_of(state))
    assert amended.cluster.pods[: len(pods)] == pods
    return [p for p in amended.cluster.pods if is_headroom(p.key)]


def asked(pods: list[Pod], name: str) -> int:
    return sum(dict(p.template.requests).get(name, 0) for p in pods)


def test_it_is_the_share_of_what_the_pods_ask_in_pods_of_the_median_size() -> None:
    found = placeholders((*replicas(30, "web", "500m", "1Gi"), pod("db", "5", "10Gi")))
    assert asked(found, "cpu") == 2000
    assert asked(found, "memory") == 4096 * MIB
    assert len(found) == 4
    assert len({p.key for p in found}) == 4


def test_it_is_never_less_than_asked_for() -> None:
    pods = (*replicas(7, "a", "333m", "777Mi"), *replicas(5, "b", "77m", "3333Mi"))
    found = placeholders(pods, Fraction(1, 3))
    for name, unit in (("cpu", 1), ("memory", MIB)):
        wanted = asked(list(pods), name) / 3
        assert wanted <= asked(found, name) < wanted + unit * len(found)


def test_there_are_at_most_as_many_placeholders_as_pods() -> None:
    found = placeholders((*replicas(5, "tiny", "1m", "1Mi"), pod("big", "15", "50Gi")))
    assert len(found) == 6


def test_pods_that_run_or_cannot_run_count_for_nothing() -> None:
    gated = pod("gated", "8", "8Gi", scheduling_gates=("wait",))
    found = placeholders((pod("web", "1", "1Gi"), pod("old", "8", "8Gi", node="n"), gated))
    assert asked(found, "cpu") == 100


def test_pods_that_ask_for_nothing_leave_nothing_to_hold() -> None:
    state = snapshot((pod("web", "0", "0"),))
    assert with_headroom(state, TENTH, engine.pools_of(state)) is state


def test_the_placeholders_matter_least_and_evict_nobody() -> None:
    (first, *_) = placeholders((pod("web"), pod("batch", priority=-10)))
    assert first.template.priority == -11
    assert not first.template.preempts


def test_they_tolerate_the_taints_of_the_pools_and_no_others() -> None:
    pools = (nodepool("a", taints=(Taint("team", "x", "NoSchedule"),)), nodepool("b"))
    state = snapshot((pod("web"),), nodepools=pools)
    *_, last = with_headroom(state, TENTH, pools).cluster.pods
    assert last.template.tolerations == (Toleration("team", "Equal", "x", "NoSchedule"),)


@pytest.mark.parametrize("rehearsed", [False, True])
def test_the_plan_its_bound_and_the_judge_count_them(rehearsed: bool) -> None:
    state = snapshot(replicas(20, "web", "1", "3Gi"))
    amended = with_headroom(state, Fraction(1, 2), engine.pools_of(state))
    plan, without = engine.plan(amended, work_limit=200), engine.plan(state, work_limit=200)
    if rehearsed:
        plan = engine.rehearse(amended, plan)
        assert plan.rehearsed is not None
        assert not plan.rehearsed.pending
    assert judge(amended, plan, engine.pools_of(amended)) == ()
    assert plan.lower_bound.nano_usd_per_hour > without.lower_bound.nano_usd_per_hour
    assert sum(is_headroom(p) for n in plan.nodes for p in n.pods) == 10


def test_it_fills_existing_nodes_first() -> None:
    state = snapshot(replicas(3, "web", "500m", "1Gi"), nodes=(node("old"),))
    plan = engine.plan(with_headroom(state, TENTH, engine.pools_of(state)))
    assert [n.name for n in plan.nodes] == ["old"]
    assert len(plan.nodes[0].pods) == 4
