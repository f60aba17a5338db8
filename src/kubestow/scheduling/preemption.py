"""Preemption: which pods of lower priority make room for one that fits nowhere.

It is decided as DefaultPreemption decides it (pkg/scheduler/framework/plugins/defaultpreemption and
framework/preemption, Kubernetes 1.34). The cache is left as it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget
from kubestow.scheduling import filtering
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import SchedulerCache

_CANDIDATES_MIN = 100
_CANDIDATES_PERCENT = 10
_PRIORITY_OFFSET = 2**31


@dataclass(frozen=True, slots=True)
class _Candidate:
    node: int
    victims: tuple[int, ...]  # the most important first
    violations: int


class Preemption:
    """Finds the node whose pods are missed least."""

    def __init__(
        self,
        cache: SchedulerCache,
        context: Callable[[int], PodContext],
        random: np.random.Generator,
    ) -> None:
        self.cache, self._view, self._random = cache, context, random

    def find(self, pod: int, bound: Sequence[int]) -> tuple[int, tuple[int, ...]] | None:
        """Return a node and the pods to evict from it, or None; ``bound`` tells who came when."""
        template = self.cache.cluster.pods[pod].template
        context = self._view(self.cache.kind_of[pod])
        there = (p for p, count in self.cache.by_priority.items() if count)
        if (
            not (template.preempts and context.profile.preempts)
            or min(there, default=template.priority) >= template.priority
        ):
            return None
        lower = [p for p in self.cache.node_of if self._priority(p) < template.priority]
        helpable = filtering.judge(context).helpable
        by_node: dict[int, list[int]] = {}
        for other in lower:
            by_node.setdefault(self.cache.node_of[other], []).append(other)
        nodes = [node for node in np.flatnonzero(helpable).tolist() if node in by_node]
        if not nodes:
            return None
        came = {p: number for number, p in enumerate(bound)}
        first = int(self._random.integers(len(nodes)))
        most = max(int(helpable.sum()) * _CANDIDATES_PERCENT // 100, _CANDIDATES_MIN)
        possible: list[_Candidate] = []
        for node in (*nodes[first:], *nodes[:first]):
            candidate = self._try(context, node, by_node[node], came)
            if candidate is not None:
                possible.append(candidate)
                if len(possible) >= most and any(not c.violations for c in possible):
                    break
        if not possible:
            return None
        best = min(possible, key=lambda c: self._cost(c, came))
        return best.node, best.victims

    def _priority(self, pod: int) -> int:
        return self.cache.cluster.pods[pod].template.priority

    def _try(
        self, context: PodContext, node: int, pods: list[int], came: dict[int, int]
    ) -> _Candidate | None:
        """Evict all, then let back whom there is room for, the most important first."""
        cache = self.cache
        ordered = sorted(pods, key=lambda p: (-self._priority(p), came.get(p, -1), p))
        for other in ordered:
            cache.remove(other)
        victims: list[int] = []
        violations = 0
        if filtering.feasible(context)[node]:
            protected = self._protected(ordered)
            for group in (protected, [p for p in ordered if p not in protected]):
                for other in group:
                    cache.add(other, node)
                    if not filtering.feasible(context)[node]:
                        cache.remove(other)
                        victims.append(other)
                        violations += group is protected
        there = {p for p in ordered if p in cache.node_of}
        for other in ordered:
            if other not in there:
                cache.add(other, node)
        victims.sort(key=ordered.index)
        return _Candidate(node, tuple(victims), violations) if victims else None

    def _protected(self, pods: list[int]) -> list[int]:
        """Return the pods whose eviction would go beyond what a disruption budget allows."""
        budgets = self.cache.cluster.disruption_budgets
        left = [budget.allowed for budget in budgets]
        beyond = []
        for pod in pods:
            item = self.cache.cluster.pods[pod]
            over = False
            for number, budget in enumerate(budgets):
                if _covers(budget, item):
                    left[number] -= 1
                    over = over or left[number] < 0
            if over:
                beyond.append(pod)
        return beyond

    def _cost(self, candidate: _Candidate, came: dict[int, int]) -> tuple[int, ...]:
        priorities = [self._priority(victim) for victim in candidate.victims]
        highest = [v for v in candidate.victims if self._priority(v) == priorities[0]]
        return (
            candidate.violations,
            priorities[0],
            sum(priority + _PRIORITY_OFFSET for priority in priorities),
            len(priorities),
            -min(came.get(victim, -1) for victim in highest),
        )


def _covers(budget: DisruptionBudget, pod: Pod) -> bool:
    """Return whether a budget speaks of a pod; an empty selector is of no pod here."""
    if budget.namespace != pod.namespace or budget.selector is None or budget.selector.is_empty:
        return False
    return budget.selector.matches(dict(pod.labels))
