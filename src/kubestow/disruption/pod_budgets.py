"""Pod budgets: what PodDisruptionBudgets allow, by the disruption controller and the eviction API.

Exact. Sources: pkg/controller/disruption/disruption.go (getExpectedPodCount,
countHealthyPods, updatePdbStatus) and pkg/registry/core/pod/storage/eviction.go (Kubernetes 1.34).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import scaled

Labelled = dict[tuple[str, str, str], list[int]]
"""Pods by namespace, label key and value."""
Controller = tuple[str, str, str]
"""Namespace, kind and name."""
ALWAYS_ALLOW = "AlwaysAllow"
_WITHOUT_SCALE = ("Job", "DaemonSet")  # their controllers have no scale subresource


@dataclass(frozen=True, slots=True)
class PodCounts:
    """How many pods a budget expects, and how many of them it desires healthy.

    ``desired`` is None if the disruption controller cannot tell, and so allows nothing.
    """

    expected: int
    desired: int | None


@dataclass(frozen=True, slots=True)
class Covered:
    """A budget, the pods it covers by number, and its counts."""

    budget: DisruptionBudget
    pods: tuple[int, ...]
    counts: PodCounts

    @property
    def key(self) -> str:
        """namespace/name."""
        return f"{self.budget.namespace}/{self.budget.name}"

    def figures(self, healthy: int) -> str:
        """Say why no pod may be evicted while so many are healthy."""
        counts = self.counts
        if counts.desired is None:
            return "a Job or DaemonSet has no scale to take a share of, so it allows none"
        if counts.expected <= 0:
            return "it counts no replicas, so it allows none"
        return f"{healthy} healthy, {counts.desired} must stay"


class Budgets:
    """All budgets of a cluster over its pods, which are numbered."""

    def __init__(self, cluster: Cluster, pods: Sequence[Pod], extra: Sequence[int] = ()) -> None:
        """Cover the pods; ``extra`` are those that a workload has beyond its replicas."""
        replicas = {(w.namespace, w.kind, w.name): w.replicas for w in cluster.workloads}
        for number in extra:
            owner = pods[number].lifecycle.owner
            if owner is not None and (pods[number].namespace, *owner) in replicas:
                replicas[pods[number].namespace, *owner] += 1
        self._pods = pods
        labelled = _by_label(pods)
        self.all = tuple(
            _covered(b, _possibly_covered(b, pods, labelled), pods, replicas)
            for b in cluster.disruption_budgets
        )
        self._of: dict[int, list[Covered]] = {}
        for covered in self.all:
            for pod in covered.pods:
                self._of.setdefault(pod, []).append(covered)

    def of(self, pod: int) -> Sequence[Covered]:
        """Return the budgets that cover a pod."""
        return self._of.get(pod, ())

    def refusing(
        self,
        pod: int,
        is_healthy: Callable[[int], bool],
        counted: dict[str, int] | None = None,
    ) -> tuple[Covered, ...]:
        """Return the budgets for which the API refuses to evict a bound pod; empty if it does not.

        ``counted`` remembers the healthy pods of each budget, for callers whose pods do not change.
        """
        budgets = self.of(pod)
        if self._pods[pod].lifecycle.is_starting and not is_healthy(pod):
            return ()  # the API ignores budgets for a pod in phase Pending
        if len(budgets) > 1:
            return tuple(budgets)
        for covered in budgets:
            healthy = None if counted is None else counted.get(covered.key)
            if healthy is None:
                healthy = sum(map(is_healthy, covered.pods))
                if counted is not None:
                    counted[covered.key] = healthy
            if refuses(covered.budget, covered.counts, healthy, is_healthy=is_healthy(pod)):
                return (covered,)
        return ()


def refuses(budget: DisruptionBudget, counts: PodCounts, healthy: int, *, is_healthy: bool) -> bool:
    """Return whether a budget keeps a pod from being evicted.

    ``healthy`` is how many of the budget's pods are healthy, ``is_healthy`` whether this one is.
    """
    desired = counts.desired
    if not is_healthy:
        if budget.unhealthy_policy == ALWAYS_ALLOW:
            return False
        if desired and healthy >= desired:
            return False
    return desired is None or counts.expected <= 0 or healthy - desired <= 0


def pod_counts(
    budget: DisruptionBudget,
    pods: int,
    owned: Mapping[Controller, int],
    replicas: Mapping[Controller, int],
) -> PodCounts:
    """Return the counts of a budget over so many pods.

    ``owned`` is how many of them each controller owns, ``replicas`` how many it wants.
    """
    if isinstance(budget.min_available, int) and budget.max_unavailable is None:
        return PodCounts(pods, budget.min_available)
    expected = _scale(owned, replicas)
    if expected is None:
        return PodCounts(0, None)
    if budget.max_unavailable is not None:
        unavailable = scaled(budget.max_unavailable, expected, up=True)
        return PodCounts(expected, max(0, expected - unavailable))
    if budget.min_available is not None:
        return PodCounts(expected, scaled(budget.min_available, expected, up=True))
    return PodCounts(0, 0)


def _by_label(pods: Sequence[Pod]) -> Labelled:
    """Return the pods by namespace and label."""
    labelled: Labelled = {}
    for number, pod in enumerate(pods):
        for key, text in pod.labels:
            labelled.setdefault((pod.namespace, key, text), []).append(number)
    return labelled


def _possibly_covered(
    budget: DisruptionBudget, pods: Sequence[Pod], labelled: Labelled
) -> Iterable[int]:
    """Return the pods that match one expression of a budget's selector, in order; else all pods."""
    for item in budget.selector.requirements if budget.selector else ():
        if item.operator == "In":
            lists = [labelled.get((budget.namespace, item.key, text), []) for text in item.values]
            return sorted(number for numbers in lists for number in numbers)
    return range(len(pods))


def _covered(
    budget: DisruptionBudget,
    numbers: Iterable[int],
    pods: Sequence[Pod],
    replicas: Mapping[Controller, int],
) -> Covered:
    covered = tuple(
        number
        for number in numbers
        if budget.selector is not None
        and pods[number].namespace == budget.namespace
        and not pods[number].rejected
        and budget.selector.matches(dict(pods[number].labels))
    )
    owned: dict[Controller, int] = {}
    for number in covered:
        owner = pods[number].lifecycle.owner
        if owner is not None:
            key = (pods[number].namespace, *owner)
            owned[key] = owned.get(key, 0) + 1
    return Covered(budget, covered, pod_counts(budget, len(covered), owned, replicas))


def _scale(owned: Mapping[Controller, int], replicas: Mapping[Controller, int]) -> int | None:
    """Return the replicas of some controllers; None if one has no scale.

    A controller that is not in the input has as many replicas as pods. Bare pods do not count.
    """
    if any(kind in _WITHOUT_SCALE for _, kind, _ in owned):
        return None
    return sum(replicas.get(key, count) for key, count in owned.items())
