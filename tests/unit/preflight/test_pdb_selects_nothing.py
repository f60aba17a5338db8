"""Budgets without pods."""

from kubestow.model.setup import ApiObject, Budget
from kubestow.preflight import pdb_selects_nothing as check
from kubestow.testing import selector

from .builders import found, one, setup, subject, unjudged, workload

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


def test_what_a_budget_selects_of_an_operators_pods_is_unknown() -> None:
    made = ApiObject(subject("Prometheus", "main"), "monitoring.coreos.com/v1", may_make_pods=True)
    budgets = (Budget(OWN, selector(app="metrics"), "1"),)
    of = setup(workload(), budgets=budgets, objects=(made,))
    assert found(check, of) == []
    assert unjudged(check, of) == [
        "whether PodDisruptionBudget shop/web selects pods that an operator makes for Prometheus "
        "shop/main is unknown"
    ]


def test_objects_of_other_namespaces_and_those_that_make_no_pods_leave_it_certain() -> None:
    there = subject("Prometheus", "main", "other")
    elsewhere = ApiObject(there, "monitoring.coreos.com/v1", may_make_pods=True)
    quiet = ApiObject(subject("ServiceMonitor", "web"), "monitoring.coreos.com/v1")
    budgets = (Budget(OWN, selector(app="metrics"), "1"),)
    assert one(check, setup(workload(), budgets=budgets, objects=(elsewhere, quiet)))
