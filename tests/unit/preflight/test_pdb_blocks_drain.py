"""Budgets that no drain can pass."""

from kubestow.model.setup import Budget, Scaling
from kubestow.preflight import pdb_blocks_drain as check
from kubestow.testing import selector

from .builders import found, one, setup, subject, workload

OWN = subject("PodDisruptionBudget", "web")


def test_min_available_of_all_replicas_blocks_for_ever() -> None:
    finding = one(check, setup(workload(), budgets=(Budget(OWN, selector(app="web"), "2"),)))
    assert finding.severity == "error"
    assert finding.field == "spec.minAvailable"
    assert finding.reason.startswith("minAvailable: 2 of 2 pods of Deployment shop/web allows no ")
    assert finding.fix == "use maxUnavailable: 1 instead"


def test_max_unavailable_of_zero_blocks_and_a_percentage_rounds_up() -> None:
    zero = Budget(OWN, selector(app="web"), None, "0")
    assert one(check, setup(workload(), budgets=(zero,))).field == "spec.maxUnavailable"
    most = Budget(OWN, selector(app="web"), "51%")
    assert one(check, setup(workload(), budgets=(most,)))  # 51 % of 2 is 2
    assert found(check, setup(workload(replicas=3), budgets=(most,))) == []


def test_the_fewest_an_autoscaler_leaves_are_judged() -> None:
    own = subject("HorizontalPodAutoscaler", "web")
    scaled = workload(replicas=4, scaling=Scaling(own, "Deployment", "web", 1, 9))
    finding = one(check, setup(scaled, budgets=(Budget(OWN, selector(app="web"), "1"),)))
    assert "minAvailable: 1 of 1 pod (the minimum of its" in finding.reason
    assert finding.fix.endswith("and run at least 2 replicas")


def test_a_budget_that_lets_one_go_passes() -> None:
    budgets = (Budget(OWN, selector(app="web"), "1"), Budget(OWN, selector(app="db"), "9"))
    assert found(check, setup(workload(), budgets=budgets)) == []
