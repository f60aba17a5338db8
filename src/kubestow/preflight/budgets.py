"""PodDisruptionBudgets as the disruption controller evaluates them.

Source: kubernetes pkg/controller/disruption: a percentage of the pods is rounded up, for
minAvailable and maxUnavailable alike; an empty selector of policy/v1 selects every pod of the
namespace.
"""

from kubestow.model.setup import Budget, CheckedWorkload


def amount(text: str, pods: int) -> int:
    """Return the number of pods that a number or a percentage stands for."""
    if text.endswith("%"):
        return -(-pods * int(text[:-1]) // 100)
    return int(text)


def selects(budget: Budget, workload: CheckedWorkload) -> bool:
    """Return whether a budget covers a workload's pods."""
    if budget.subject.namespace != workload.subject.namespace or budget.selector is None:
        return False
    return budget.selector.matches(dict(workload.labels))


def allowed(budget: Budget, pods: int) -> int:
    """Return how many pods may be evicted at a time if all ``pods`` are healthy."""
    if budget.max_unavailable is not None:
        return min(pods, amount(budget.max_unavailable, pods))
    if budget.min_available is not None:
        return max(0, pods - amount(budget.min_available, pods))
    return pods
