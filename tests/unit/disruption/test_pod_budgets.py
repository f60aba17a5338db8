"""What disruption budgets allow, by hand-computed figures."""

from dataclasses import replace

import pytest

from kubestow.disruption.pod_budgets import Budgets
from kubestow.model.pod import Pod
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import COUNT, Lifecycle, Workload
from kubestow.testing import replicas, selector


def pods(count: int, kind: str = "Deployment") -> tuple[Pod, ...]:
    made = replicas(count, "web", labels={"app": "web"}, node="n")
    return tuple(replace(pod, lifecycle=Lifecycle((kind, "web"))) for pod in made)


def budget(
    least: COUNT | None = None, most: COUNT | None = None, policy: str = "IfHealthyBudget"
) -> DisruptionBudget:
    return DisruptionBudget("default", "b", selector(app="web"), 0, least, most, policy)


def allowed(found: DisruptionBudget, count: int, unready: set[int], pod: int = 0) -> bool:
    cluster = Cluster(pods=pods(count), disruption_budgets=(found,))
    return not Budgets(cluster, cluster.pods).refusing(pod, lambda p: p not in unready)


@pytest.mark.parametrize(
    ("least", "most", "count", "unready", "goes"),
    [
        (2, None, 3, set(), True),
        (3, None, 3, set(), False),
        (2, None, 3, {1}, False),
        ("50%", None, 3, set(), True),  # 1.5 rounds up to 2 that must stay
        ("50%", None, 3, {1}, False),
        ("67%", None, 3, set(), False),  # 2.01 rounds up to 3
        (None, 1, 3, set(), True),
        (None, 1, 3, {1}, False),
        (None, "34%", 3, {1}, True),  # 1.02 rounds up to 2 that may be away
        (None, 0, 3, set(), False),
        (None, "0%", 3, set(), False),
        (None, None, 3, set(), False),  # neither: the controller allows none
    ],
)
def test_a_ready_pod_goes_while_enough_others_are_healthy(
    least: COUNT | None, most: COUNT | None, count: int, unready: set[int], goes: bool
) -> None:
    assert allowed(budget(least, most), count, unready) is goes


@pytest.mark.parametrize(
    ("policy", "unready", "goes"),
    [
        ("IfHealthyBudget", {0}, True),  # 2 of 2 that must stay are healthy
        ("IfHealthyBudget", {0, 1}, False),
        ("AlwaysAllow", {0, 1}, True),
    ],
)
def test_an_unready_pod_goes_by_the_policy(policy: str, unready: set[int], goes: bool) -> None:
    assert allowed(budget(2, None, policy), 3, unready) is goes


def test_two_budgets_on_a_pod_let_it_never_go() -> None:
    cluster = Cluster(pods=pods(3), disruption_budgets=(budget(0), budget(0)))
    assert len(Budgets(cluster, cluster.pods).refusing(0, lambda _: True)) == 2


def test_a_percentage_counts_the_replicas_asked_for_not_the_pods_there() -> None:
    workload = Workload("Deployment", "default", "web", 4)
    cluster = Cluster(pods=pods(3), disruption_budgets=(budget("75%"),), workloads=(workload,))
    assert Budgets(cluster, cluster.pods).refusing(0, lambda _: True)  # 3 of 4 must stay


def test_a_jobs_pods_have_no_scale_to_take_a_share_of() -> None:
    cluster = Cluster(pods=pods(3, "Job"), disruption_budgets=(budget(None, 1),))
    assert Budgets(cluster, cluster.pods).refusing(0, lambda _: True)
    cluster = Cluster(pods=pods(3, "Job"), disruption_budgets=(budget(2),))
    assert not Budgets(cluster, cluster.pods).refusing(0, lambda _: True)


def test_an_empty_selector_covers_the_namespace_and_none_covers_nothing() -> None:
    everything = replace(budget(3), selector=LabelSelector())
    assert not allowed(everything, 3, set())
    assert allowed(replace(budget(3), selector=None), 3, set())
    assert allowed(replace(everything, namespace="other"), 3, set())
