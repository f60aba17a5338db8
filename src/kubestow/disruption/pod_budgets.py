"""Budgets: what PodDisruptionBudgets allow, as the disruption controller and the eviction API say.

Law: exact. Sources: pkg/controller/disruption/disruption.go (getExpectedPodCount,
countHealthyPods, updatePdbStatus) and pkg/registry/core/pod/storage/eviction.go (Kubernetes 1.34).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import scaled

Labelled = dict[tuple[str, str, str], list[int]]
"""Pods by namespace, label key and value."""
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

    def figures(self, healthy: int) -> str:
        """Say why so many healthy pods let none go."""
        if self.desired is None:
            return "a Job or DaemonSet has no scale to take a share of, so it allows none"
        if self.expected <= 0:
            return "it counts no replicas, so it allows none"
        return f"{healthy} healthy, {self.desired} must stay"


class Budgets:
    """All budgets of a cluster over its pods, which are known by number."""

    def __init__(self, cluster: Cluster, pods: Sequence[Pod], extra: Sequence[int] = ()) -> None:
        """``extra`` are pods that a workload has beyond its replicas."""
        replicas = {(w.namespace, w.kind, w.name): w.replicas for w in cluster.workloads}
        for number in extra:
            owner = pods[number].lifecycle.owner
            if owner is not None and (pods[number].namespace, *owner) in replicas:
                replicas[pods[number].namespace, *owner] += 1
        self._pods = pods
        labelled = _by_label(pods)
        self.all = tuple(
            _covered(b, _worth_trying(b, pods, labelled), pods, replicas)
            for b in cluster.disruption_budgets
        )
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
        if self._pods[pod].lifecycle.is_starting and not is_healthy(pod):
            return ()  # the API looks at no budget for a pod in phase Pending
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


def _by_label(pods: Sequence[Pod]) -> Labelled:
    """Return the pods by namespace and label."""
    found: Labelled = {}
    for number, pod in enumerate(pods):
        for key, text in pod.labels:
            found.setdefault((pod.namespace, key, text), []).append(number)
    return found


def _worth_trying(
    budget: DisruptionBudget, pods: Sequence[Pod], labelled: Labelled
) -> Iterable[int]:
    """Return the pods that one expression of a budget's selector matches, in their order."""
    for item in budget.selector.requirements if budget.selector else ():
        if item.operator == "In":
            lists = [labelled.get((budget.namespace, item.key, text), []) for text in item.values]
            return sorted(number for found in lists for number in found)
    return range(len(pods))


def _covered(
    budget: DisruptionBudget,
    numbers: Iterable[int],
    pods: Sequence[Pod],
    replicas: dict[tuple[str, str, str], int],
) -> Covered:
    found = tuple(
        number
        for number in numbers
        if budget.selector is not None
        and pods[number].namespace == budget.namespace
        and not pods[number].rejected
        and budget.selector.matches(dict(pods[number].labels))
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
