"""The decision as one function: what it gives, and what it gives again."""

from kubestow import engine
from kubestow.model.memory import Memory
from kubestow.model.reporter import SilentReporter
from kubestow.policies.optimal import Optimal
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.testing import nodepool, replicas, snapshot
from kubestow.verify import judge
from kubestow.verify.bound import check_bound

STATE = snapshot(replicas(9, "web", "700m", "1Gi"))
POOLS = STATE.cluster.nodepools


def test_the_pools_are_the_input_s_or_the_built_in_ones() -> None:
    assert engine.pools_of(STATE) == POOLS
    assert [p.name for p in engine.pools_of(snapshot(nodepools=()))] == ["default", "default-arm64"]


def test_a_plan_is_what_solving_gives_and_is_legal() -> None:
    plan = engine.plan(STATE, work_limit=100)
    assert plan == engine.solve(STATE, work_limit=100, cache=PlanningCache()).plan
    assert judge(STATE, plan, POOLS) == ()


def test_what_was_solved_comes_with_its_certificate_and_a_start_for_the_next_time() -> None:
    solved = engine.solve(STATE, work_limit=100)
    assert check_bound(STATE, solved.certificate(), POOLS).failures == ()
    again = engine.solve(STATE, work_limit=100, start=solved.warm_start())
    assert again.plan.cost_nano_usd_per_hour <= solved.plan.cost_nano_usd_per_hour


def test_a_rehearsed_plan_says_how_it_went() -> None:
    plan = engine.rehearse(STATE, engine.plan(STATE, work_limit=100))
    assert plan.rehearsed is not None
    assert plan.rehearsed.pending == 0


def test_a_step_is_the_policy_s_decision() -> None:
    policy = Optimal((nodepool(),))
    expected = policy.decide(STATE, Memory(), SilentReporter())
    assert engine.step(STATE, Memory(), policy) == expected
    assert engine.step(STATE, Memory(), Optimal((nodepool(),))) == expected
