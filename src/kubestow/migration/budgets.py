"""Budgets: what PodDisruptionBudgets allow, as the disruption controller and the eviction API say.

Law: exact. Sources: pkg/controller/disruption/disruption.go (getExpectedPodCount,
countHealthyPods, updatePdbStatus) and pkg/registry/core/pod/storage/eviction.go (Kubernetes 1.34).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import scaled

ALWAYS_ALLOW = "AlwaysAllow"
_WITHOUT_SCALE = ("Job", "DaemonSet")  # their controllers have no scale subresource


@dataclass(frozen=True, slots=True)
class Covered:
    """A budget, the pods it covers by number, and how many of them must stay healthy.

    ``desired`` is None where the controller cannot tell and allows nothing.
    """

    budget: DisruptionBudget
    pods: tuple[int, ...]
    expected: int
    desired: int | None

    @property
    def key(self) -> str:
        """namespace/name."""
        return f"{self.budget.namespace}/{self.budget.name}"


class Budgets:
    """All budgets of a cluster over its pods, which are known by number."""

    def __init__(self, cluster: Cluster, pods: Sequence[Pod], extra: Sequence[int] = ()) -> None:
        """``extra`` are pods that a workload has beyond its replicas."""
        replicas = {(w.namespace, w.kind, w.name): w.replicas for w in cluster.workloads}
        for number in extra:
            owner = pods[number].lifecycle.owner
            if owner is not None and (pods[number].namespace, *owner) in replicas:
                replicas[pods[number].namespace, *owner] += 1
        self.all = tuple(_covered(b, pods, replicas) for b in cluster.disruption_budgets)
        self._of: dict[int, list[Covered]] = {}
        for covered in self.all:
            for pod in covered.pods:
                self._of.setdefault(pod, []).append(covered)

    def of(self, pod: int) -> Sequence[Covered]:
        """Return the budgets that cover a pod."""
        return self._of.get(pod, ())

    def refusing(self, pod: int, is_healthy: Callable[[int], bool]) -> tuple[Covered, ...]:
        """Return the budgets for which the API refuses to evict a bound pod; none: it goes."""
        budgets = self.of(pod)
        if len(budgets) > 1:
            return tuple(budgets)
        for covered in budgets:
            healthy = sum(map(is_healthy, covered.pods))
            desired = covered.desired
            if not is_healthy(pod):
                if covered.budget.unhealthy_policy == ALWAYS_ALLOW:
                    continue
                if desired and healthy >= desired:
                    continue
            if desired is None or covered.expected <= 0 or healthy - desired <= 0:
                return (covered,)
        return ()


def _covered(
    budget: DisruptionBudget, pods: Sequence[Pod], replicas: dict[tuple[str, str, str], int]
) -> Covered:
    found = tuple(
        number
        for number, pod in enumerate(pods)
        if budget.selector is not None
        and pod.namespace == budget.namespace
        and not pod.rejected
        and budget.selector.matches(dict(pod.labels))
    )
    counted = [pods[number] for number in found]
    if isinstance(budget.min_available, int) and budget.max_unavailable is None:
        return Covered(budget, found, len(found), budget.min_available)
    expected = _scale(counted, replicas)
    if expected is None:
        return Covered(budget, found, 0, None)
    if budget.max_unavailable is not None:
        gone = scaled(budget.max_unavailable, expected, up=True)
        return Covered(budget, found, expected, max(0, expected - gone))
    if budget.min_available is not None:
        desired = scaled(budget.min_available, expected, up=True)
        return Covered(budget, found, expected, desired)
    return Covered(budget, found, 0, 0)


def _scale(pods: Sequence[Pod], replicas: dict[tuple[str, str, str], int]) -> int | None:
    """Return the replicas of all controllers of these pods; None where one has no scale.

    A controller that is not in the input has as many replicas as pods; bare pods do not count.
    """
    owned: dict[tuple[str, str, str], int] = {}
    for pod in pods:
        owner = pod.lifecycle.owner
        if owner is None:
            continue
        if owner[0] in _WITHOUT_SCALE:
            return None
        key = (pod.namespace, *owner)
        owned[key] = owned.get(key, 0) + 1
    return sum(replicas.get(key, count) for key, count in owned.items())
