"""Budgets: what PodDisruptionBudgets allow, as the disruption controller and the eviction API say.

Law: exact. Sources: pkg/controller/disruption/disruption.go (getExpectedPodCount,
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

    def refusing(
        self,
        pod: int,
        is_healthy: Callable[[int], bool],
        counted: dict[str, int] | None = None,
    ) -> tuple[Covered, ...]:
        """Return the budgets for which the API refuses to evict a bound pod; none: it goes.

        ``counted`` keeps the healthy pods of each budget, for who asks about pods that stay as
        they are.
        """
        budgets = self.of(pod)
        if self._pods[pod].lifecycle.is_starting and not is_healthy(pod):
            return ()  # the API looks at no budget for a pod in phase Pending
        if len(budgets) > 1:
            return tuple(budgets)
        for covered in budgets:
            healthy = None if counted is None else counted.get(covered.key)
            if healthy is None:
                healthy = sum(map(is_healthy, covered.pods))
                if counted is not None:
                    counted[covered.key] = healthy
            required = (covered.expected, covered.desired)
            if refuses(covered.budget, required, healthy, is_healthy=is_healthy(pod)):
                return (covered,)
        return ()


def refuses(
    budget: DisruptionBudget, required: tuple[int, int | None], healthy: int, *, is_healthy: bool
) -> bool:
    """Tell whether a budget alone keeps a pod from being evicted.

    ``required`` is as ``required`` says, ``healthy`` how many of its pods are, ``is_healthy``
    whether this one is.
    """
    expected, desired = required
    if not is_healthy:
        if budget.unhealthy_policy == ALWAYS_ALLOW:
            return False
        if desired and healthy >= desired:
            return False
    return desired is None or expected <= 0 or healthy - desired <= 0


def required(
    budget: DisruptionBudget,
    pods: int,
    owned: Mapping[Controller, int],
    replicas: Mapping[Controller, int],
) -> tuple[int, int | None]:
    """Return how many pods a budget expects, and how many of them must stay healthy.

    It covers so many pods, ``owned`` of them by their controllers, which want ``replicas``. None
    must stay where the disruption controller cannot tell and allows nothing.
    """
    if isinstance(budget.min_available, int) and budget.max_unavailable is None:
        return pods, budget.min_available
    expected = _scale(owned, replicas)
    if expected is None:
        return 0, None
    if budget.max_unavailable is not None:
        gone = scaled(budget.max_unavailable, expected, up=True)
        return expected, max(0, expected - gone)
    if budget.min_available is not None:
        return expected, scaled(budget.min_available, expected, up=True)
    return 0, 0


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
    replicas: Mapping[Controller, int],
) -> Covered:
    found = tuple(
        number
        for number in numbers
        if budget.selector is not None
        and pods[number].namespace == budget.namespace
        and not pods[number].rejected
        and budget.selector.matches(dict(pods[number].labels))
    )
    owned: dict[Controller, int] = {}
    for number in found:
        owner = pods[number].lifecycle.owner
        if owner is not None:
            key = (pods[number].namespace, *owner)
            owned[key] = owned.get(key, 0) + 1
    return Covered(budget, found, *required(budget, len(found), owned, replicas))


def _scale(owned: Mapping[Controller, int], replicas: Mapping[Controller, int]) -> int | None:
    """Return the replicas of some controllers; None where one has no scale.

    A controller that is not in the input has as many replicas as pods; bare pods do not count.
    """
    if any(kind in _WITHOUT_SCALE for _, kind, _ in owned):
        return None
    return sum(replicas.get(key, count) for key, count in owned.items())
