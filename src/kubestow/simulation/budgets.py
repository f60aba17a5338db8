"""Budgets: whether a PodDisruptionBudget lets a simulated pod be evicted now.

Law: the eviction API's rule, on counts kept by workload. Source: as disruption.pod_budgets.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.snapshot import DisruptionBudget
from kubestow.model.workload import scaled
from kubestow.simulation.pods import Owner, Pods
from kubestow.simulation.scenario import Scenario


class PodBudgets:
    """All budgets of a scenario; which workloads each covers never changes."""

    def __init__(self, scenario: Scenario, pods: Pods) -> None:
        self._pods = pods
        self.covered: dict[Owner, list[tuple[DisruptionBudget, list[Owner]]]] = {}
        for budget in scenario.base.cluster.disruption_budgets:
            owners = [
                owner
                for owner, pod in pods.samples.items()
                if owner[0] != "daemonset"
                and budget.selector is not None
                and pod.namespace == budget.namespace
                and budget.selector.matches(dict(pod.labels))
            ]
            for owner in owners:
                self.covered.setdefault(owner, []).append((budget, owners))

    def _members(self, owners: Sequence[Owner]) -> Iterator[int]:
        wanted = set(owners)
        return (n for n, life in self._pods.alive.items() if life.owner in wanted)

    def figures(self, budget: DisruptionBudget, owners: Sequence[Owner]) -> tuple[int, int]:
        """Return the healthy pods of a budget, and how many must stay."""
        healthy = expected = 0
        for number in self._members(owners):
            life = self._pods.alive[number]
            expected += not life.pod.terminating
            healthy += life.is_ready and not life.pod.terminating
        if budget.max_unavailable is not None:
            gone = scaled(budget.max_unavailable, expected, up=True)
            return healthy, max(0, expected - gone)
        if budget.min_available is None:
            return healthy, 0
        return healthy, scaled(budget.min_available, expected, up=True)

    def lets_go(self, number: int) -> bool:
        """Tell whether the eviction API would evict a pod."""
        life = self._pods.alive[number]
        covering = self.covered.get(life.owner, ())
        if len(covering) > 1:
            return False
        for budget, owners in covering:
            healthy, desired = self.figures(budget, owners)
            if not life.is_ready:
                if healthy >= desired:
                    continue
                return False
            if healthy <= desired:
                return False
        return True
