"""The decision as one function: what it takes, and what it leaves for the next call."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.model.memory import Memory
from kubestow.model.nodepool import DEFAULT_SOURCE
from kubestow.policies.registry import POLICIES
from kubestow.testing import nodepool, observed, pod, replicas, snapshot
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

GIVEN = snapshot((*replicas(9, "a", "700m", "900Mi"), *replicas(7, "b", "300m", "2Gi")))


def test_a_plan_holds_every_pod_and_the_judge_accepts_it() -> None:
    plan = engine.plan(GIVEN)
    assert sum(len(node.pods) for node in plan.nodes) == 16
    assert judge(GIVEN, plan, GIVEN.cluster.nodepools) == ()
    assert plan.gap is not None
    assert plan.gap >= 0


def test_the_same_snapshot_and_seed_give_the_same_plan() -> None:
    assert engine.plan(GIVEN, seed=3) == engine.plan(GIVEN, seed=3)


def test_a_snapshot_without_pods_needs_no_nodes() -> None:
    plan = engine.plan(snapshot())
    assert (plan.nodes, plan.unschedulable, plan.gap) == ((), (), 0.0)


def test_a_pod_that_no_node_holds_is_a_value_with_reasons() -> None:
    plan = engine.plan(snapshot([pod("huge", "999"), pod("small")]))
    assert [item.pod for item in plan.unschedulable] == ["default/huge"]
    assert plan.unschedulable[0].reasons
    assert [node.pods for node in plan.nodes] == [("default/small",)]


def test_a_solve_leaves_a_certificate_that_proves_its_bound_but_for_two_millionths() -> None:
    solved = engine.solve(GIVEN)
    verdict = check_bound(GIVEN, solved.certificate(), engine.pools_of(GIVEN))
    assert verdict.failures == ()
    bound = solved.plan.lower_bound.nano_usd_per_hour
    assert verdict.proven_nano_usd_per_hour == pytest.approx(bound, rel=2e-6)


def test_a_solve_that_starts_from_the_last_one_is_no_dearer() -> None:
    first = engine.solve(GIVEN)
    again = engine.solve(GIVEN, start=first.warm_start())
    assert again.plan.cost_nano_usd_per_hour <= first.plan.cost_nano_usd_per_hour


def test_a_rehearsed_plan_leaves_no_pod_pending_in_any_order_played() -> None:
    plan = engine.rehearse(GIVEN, engine.plan(GIVEN), orders=3)
    assert plan.rehearsed is not None
    assert (plan.rehearsed.orders >= 3, plan.rehearsed.pending) == (True, 0)


def test_pools_are_those_of_the_input_or_the_built_in_ones() -> None:
    own = (nodepool("own"),)
    assert engine.pools_of(snapshot(nodepools=own)) == own
    built_in = engine.pools_of(snapshot(nodepools=()))
    assert built_in
    assert {pool.source for pool in built_in} == {DEFAULT_SOURCE}


@pytest.mark.parametrize("name", list(POLICIES))
def test_a_step_is_decided_by_the_policy_from_snapshot_and_memory_alone(name: str) -> None:
    policy = POLICIES[name]((nodepool(),))
    seen = observed((), [pod("a")], at=100)
    first = engine.step(seen, Memory(), policy)
    assert engine.step(seen, Memory(), policy) == first
    decision, memory = first
    assert decision.actions or decision.waiting or decision.look_again_at is not None
    later, _ = engine.step(replace(seen, at=200), memory, policy)
    assert later != decision
