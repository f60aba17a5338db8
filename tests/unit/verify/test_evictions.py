"""Evictions judged: agreed with disruption.pod_budgets, with which it shares nothing."""

from dataclasses import replace

import numpy as np
import pytest

from kubestow.disruption.pod_budgets import Budgets
from kubestow.model.pod import Pod
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import COUNT, Lifecycle, Workload
from kubestow.testing import owned, pod, selector
from kubestow.verify.evictions import Evictions, ObservedPod


def judged(
    budgets: tuple[DisruptionBudget, ...], pods: list[Pod], replicas: int, number: int
) -> list[str]:
    wanted = {("default", "Deployment", "web"): replicas}
    everything = [ObservedPod(item, item.lifecycle.is_ready) for item in pods]
    return list(Evictions(budgets).exceeded(everything[number], everything, wanted))


@pytest.mark.parametrize("seed", range(6))
def test_every_verdict_is_that_of_the_disruption_controller(seed: int) -> None:
    random = np.random.default_rng(seed)
    refused = 0
    for _ in range(150):
        pods = []
        for number in range(int(random.integers(1, 9))):
            kind = "Job" if random.random() < 0.02 else "Deployment"
            item = owned(
                pod(f"w{number}", labels={"app": "web"}, node="n" if random.random() < 0.8 else ""),
                kind=kind, is_ready=bool(random.random() < 0.8),
            )  # fmt: skip
            pods.append(replace(item, terminating=bool(random.random() < 0.1)))
        pods = [p if p.node_name else owned(p, is_ready=False) for p in pods]
        pods.append(pod("other", labels={"app": "other"}, node="n"))
        counts: tuple[COUNT | None, ...] = (0, 1, 2, 5, "0%", "30%", "100%")
        count = counts[int(random.integers(len(counts)))]
        least, most = ((count, None), (None, count), (None, None))[int(random.integers(3))]
        policy = ("IfHealthyBudget", "AlwaysAllow")[int(random.integers(2))]
        budget = DisruptionBudget("default", "b", selector(app="web"), 0, least, most, policy)
        replicas = int(random.integers(0, 9))
        workload = Workload("Deployment", "default", "web", replicas)
        cluster = Cluster(pods=tuple(pods), disruption_budgets=(budget,), workloads=(workload,))
        whole = Budgets(cluster, cluster.pods)
        healthy = {
            n
            for n, item in enumerate(pods)
            if item.node_name and item.lifecycle.is_ready and not item.terminating
        }
        for number, item in enumerate(pods):
            if not item.node_name or item.terminating:
                continue
            refusing = whole.refusing(number, healthy.__contains__)
            found = judged((budget,), pods, replicas, number)
            assert bool(found) == bool(refusing), (budget, pods, replicas, number)
            refused += bool(found)
    assert refused > 50


def test_two_budgets_let_none_go_and_one_elsewhere_nothing_stay() -> None:
    everything = DisruptionBudget("default", "a", LabelSelector(), min_available=0)
    pods = [replace(pod("w", node="n"), lifecycle=Lifecycle(("Deployment", "web")))]
    assert judged((everything, replace(everything, name="b")), pods, 1, 0) == [
        "pod default/w was evicted although a, b all cover it"
    ]
    assert judged((replace(everything, namespace="x"),), pods, 1, 0) == []
    assert judged((replace(everything, selector=None),), pods, 1, 0) == []
