"""Budgets without pods."""

from kubestow.model.setup import Budget
from kubestow.preflight import pdb_selects_nothing as check
from kubestow.testing import selector

from .builders import found, one, setup, subject, workload

OWN = subject("PodDisruptionBudget", "web")


def test_a_selector_of_other_labels_protects_nothing() -> None:
    finding = one(check, setup(workload(), budgets=(Budget(OWN, selector(app="wbe"), "1"),)))
    assert finding.severity == "warning"
    assert finding.reason == (
        "it matches none of the 1 workload in namespace shop: it protects nothing"
    )


def test_a_selector_that_matches_passes_at_any_number_of_replicas() -> None:
    of = setup(workload(replicas=0), budgets=(Budget(OWN, selector(app="web"), "1"),))
    assert found(check, of) == []
