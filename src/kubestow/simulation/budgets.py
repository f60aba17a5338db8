"""Budgets: whether a PodDisruptionBudget lets a simulated pod be evicted now.

The rule is disruption.pod_budgets', applied to counts that are updated by workload as pods come and
go. A bound pod that is not Ready yet counts as running and unhealthy.
"""

from collections.abc import Sequence

from kubestow.disruption.pod_budgets import Controller, PodCounts, pod_counts, refuses
from kubestow.model.snapshot import DisruptionBudget
from kubestow.simulation.pods import Owner, Pods
from kubestow.simulation.scenario import Scenario


class PodBudgets:
    """All budgets of a scenario; the workloads that each covers never change.

    ``wanted`` are the replicas of each service, which the caller updates.
    """

    def __init__(self, scenario: Scenario, pods: Pods, wanted: Sequence[int]) -> None:
        self._pods, self._wanted = pods, wanted
        self.covered: dict[Owner, list[tuple[DisruptionBudget, list[Owner]]]] = {}
        for budget in scenario.base.cluster.disruption_budgets:
            owners = [
                owner
                for owner, pod in pods.samples.items()
                if budget.selector is not None
                and pod.namespace == budget.namespace
                and budget.selector.matches(dict(pod.labels))
            ]
            for owner in owners:
                self.covered.setdefault(owner, []).append((budget, owners))

    def lets_go(self, number: int) -> bool:
        """Return whether the eviction API would evict a pod."""
        life = self._pods.alive[number]
        covering = self.covered.get(life.owner, ())
        if len(covering) > 1:
            return False
        for budget, owners in covering:
            healthy = sum(self._pods.ready[owner] for owner in owners)
            counts = self._counts(budget, owners)
            if refuses(budget, counts, healthy, is_healthy=life.is_ready):
                return False
        return True

    def _counts(self, budget: DisruptionBudget, owners: Sequence[Owner]) -> PodCounts:
        pods, total = self._pods, 0
        owned: dict[Controller, int] = {}
        replicas: dict[Controller, int] = {}
        for owner in owners:
            count = pods.count[owner]
            total += count
            sample = pods.samples[owner]
            if not count or sample.lifecycle.owner is None:
                continue
            controller = (sample.namespace, *sample.lifecycle.owner)
            owned[controller] = count
            if owner[0] == "service":
                replicas[controller] = self._wanted[owner[1]]
        return pod_counts(budget, total, owned, replicas)
