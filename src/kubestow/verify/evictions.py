"""Evictions: whether the eviction API would have evicted a pod, by its PodDisruptionBudgets.

Pods are counted anew for each eviction. Sources: pkg/controller/disruption/disruption.go
(getExpectedPodCount, countHealthyPods) and pkg/registry/core/pod/storage/eviction.go (Kubernetes
1.34). Pending pods are not covered here: the API checks no budget for them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget


@dataclass(frozen=True, slots=True)
class ObservedPod:
    """A pod, and whether it is Ready."""

    pod: Pod
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Evictions:
    """Judges evictions under some budgets."""

    budgets: tuple[DisruptionBudget, ...]
    _remembered: dict[tuple[object, ...], tuple[DisruptionBudget, ...]] = field(
        default_factory=dict
    )

    def covering(self, pod: Pod) -> tuple[DisruptionBudget, ...]:
        """Return the budgets that cover a pod."""
        key = (pod.namespace, pod.labels)
        budgets = self._remembered.get(key)
        if budgets is None:
            labels = dict(pod.labels)
            budgets = self._remembered[key] = tuple(
                budget
                for budget in self.budgets
                if budget.namespace == pod.namespace
                and budget.selector is not None
                and budget.selector.matches(labels)
            )
        return budgets

    def exceeded(
        self,
        evicted: ObservedPod,
        pods: Iterable[ObservedPod],
        replicas: Mapping[tuple[str, str, str], int],
    ) -> Iterator[str]:
        """Yield why a pod may not be evicted now.

        ``pods`` are all pods, including this one; ``replicas`` is what controllers want, by
        namespace, kind and name.
        """
        pod = evicted.pod
        budgets = self.covering(pod)
        if len(budgets) > 1:
            names = ", ".join(budget.name for budget in budgets)
            yield f"pod {pod.key} was evicted although {names} all cover it"
        for budget in budgets[:1]:
            covered = [item for item in pods if budget in self.covering(item.pod)]
            healthy = sum(
                bool(item.pod.node_name) and item.is_ready and not item.pod.terminating
                for item in covered
            )
            if not evicted.is_ready and budget.unhealthy_policy == "AlwaysAllow":
                continue
            least = _least(budget, [item.pod for item in covered], replicas)
            if least is None:
                yield f"pod {pod.key} was evicted although {budget.name} allows no eviction"
                continue
            goes = healthy > least or (not evicted.is_ready and 0 < least <= healthy)
            if not goes:
                yield (
                    f"pod {pod.key} was evicted: {healthy} pods of {budget.name} were healthy, "
                    f"{least} must be"
                )


def _least(
    budget: DisruptionBudget, covered: list[Pod], replicas: Mapping[tuple[str, str, str], int]
) -> int | None:
    """Return how many pods of a budget must stay healthy; None if it allows no eviction."""
    if isinstance(budget.min_available, int):
        return budget.min_available if covered else None
    if budget.min_available is None and budget.max_unavailable is None:
        return None
    owners = [(p.namespace, *p.lifecycle.owner) for p in covered if p.lifecycle.owner is not None]
    if any(kind in ("Job", "DaemonSet") for _, kind, _ in owners):
        return None  # their controller has no scale
    total = sum(replicas.get(owner, owners.count(owner)) for owner in sorted(dict.fromkeys(owners)))
    if not total:
        return None
    if budget.max_unavailable is not None:
        return max(total - _part(budget.max_unavailable, total), 0)
    assert budget.min_available is not None, "one of them is set"
    return _part(budget.min_available, total)


def _part(count: int | str, total: int) -> int:
    """Return a number of pods; a percentage is rounded up."""
    if isinstance(count, int):
        return count
    return (int(count.rstrip("%")) * total + 99) // 100
