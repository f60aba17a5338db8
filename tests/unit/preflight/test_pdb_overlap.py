"""Pods under two budgets."""

from kubestow.model.setup import Budget
from kubestow.preflight import pdb_overlap as check
from kubestow.testing import selector

from .builders import found, one, setup, subject, workload


def test_two_budgets_over_the_same_pods_stop_every_eviction() -> None:
    budgets = (
        Budget(subject("PodDisruptionBudget", "one"), selector(app="web"), "1"),
        Budget(subject("PodDisruptionBudget", "all"), selector(), None, "1"),
    )
    finding = one(check, setup(workload(), budgets=budgets))
    assert finding.severity == "error"
    assert finding.subject.describe() == "Deployment shop/web"
    assert finding.reason.startswith("2 PodDisruptionBudgets select its pods (one, all)")
    assert found(check, setup(workload(), budgets=budgets[:1])) == []
