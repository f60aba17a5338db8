"""The scheduling cycle: pods placed one after the other as kube-scheduler does it.

The same seed gives the same placements. Pods come by priority, then by arrival; the best node by
score is chosen, at random among equals; on large clusters only a part of the nodes is looked at.
Source: pkg/scheduler/schedule_one.go and framework/plugins/queuesort (Kubernetes 1.34).
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.labels import REGION, ZONE
from kubestow.model.node import Node
from kubestow.scheduling import filtering
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.filters import volume_binding
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.preemption import Preemption
from kubestow.scheduling.scheduler_cache import SchedulerCache
from kubestow.scheduling.scores import Scorer

_LOOKED_AT_MIN = 100
_PERCENT_MIN = 5
_JUST_COME = 2**31  # above every priority


@dataclass(slots=True)
class _Seeker:
    """What finds the nodes for a kind of pod; ``enough`` feasible ones are looked at."""

    context: PodContext
    feasible: Callable[[], Mask]
    enough: int
    scorer: Scorer | None = None


class Cycle:
    """Schedules pods onto the nodes of a cache."""

    def __init__(self, cache: SchedulerCache, seed: int = 0, *, sampled: bool = True) -> None:
        self.cache = cache
        self._kind_of = cache.kind_of
        order = node_order(cache.nodes)
        self._twice = np.concatenate((order, order))
        self._sampled = sampled
        self._contexts: dict[int, PodContext] = {}
        self._seekers: dict[int, _Seeker] = {}  # by kind
        self.restart(seed)

    def restart(self, seed: int) -> None:
        """Begin anew with the pods that are on the cache's nodes now."""
        self._random = np.random.default_rng(seed)
        self._start = 0
        self._preemption = Preemption(self.cache, self.context, self._random)
        self.bound: list[int] = []  # pods in the order they were bound

    def context(self, kind: int) -> PodContext:
        """Return the view of a kind of pod."""
        context = self._contexts.get(kind)
        if context is None:
            context = self._contexts[kind] = PodContext(self.cache, kind)
        return context

    def _seeker(self, kind: int) -> "_Seeker":
        context = self.context(kind)
        enough = self._nodes_to_find(context)
        self._seekers[kind] = _Seeker(context, filtering.kept_feasible(context), enough)
        return self._seekers[kind]

    def best_nodes(self, pod: int) -> Integers:
        """Return the nodes that share the best score for a pod; none where it cannot run."""
        kind = self._kind_of[pod]
        seeker = self._seekers.get(kind) or self._seeker(kind)
        nodes = self._found(seeker.feasible(), seeker.enough)
        if len(nodes) < 2:
            return nodes
        scorer = seeker.scorer
        if scorer is None:
            scorer = seeker.scorer = Scorer(seeker.context)
        return nodes[:0] if scorer.fails else scorer.best(nodes)

    def _nodes_to_find(self, context: PodContext) -> int:
        """Return how many feasible nodes are enough for a kind; one where none is scored."""
        nodes = len(self.cache.nodes)
        if not context.profile.weights.any:
            return 1
        return nodes_to_find(nodes, context.profile.percentage_scored) if self._sampled else nodes

    def _found(self, mask: Mask, enough: int) -> Integers:
        """Return the feasible nodes that are looked at, from where the last search ended."""
        total = len(mask)
        if enough >= total:
            return mask.nonzero()[0]
        turned = self._twice[self._start : self._start + total]
        hits = mask[turned].nonzero()[0]
        if len(hits) > enough:
            hits = hits[:enough]
            seen = int(hits[-1]) + 1
        else:
            seen = total
        self._start = (self._start + seen) % total
        return turned[hits]

    def schedule(self, pod: int) -> int | None:
        """Place one pod; return its node, or None if it stays pending."""
        nodes = self.best_nodes(pod)
        several = len(nodes)
        if not several:
            return None
        node: int = nodes.item(0 if several == 1 else int(self._random.random() * several))
        self.place(pod, node)
        return node

    def place(self, pod: int, node: int) -> None:
        """Bind a pod, and the claims that waited for it, to a node."""
        cache = self.cache
        kind = self._kind_of[pod]
        if cache.sorting.stores[kind] and (item := cache.cluster.pods[pod]).volume_claims:
            context = self.context(kind)
            choice = volume_binding.matches(context, volume_binding.waiting(context))
            cache.storage.bind(item, cache.nodes[node], choice[node])
        cache.add(pod, node)
        self.bound.append(pod)

    def run(self, pods: Iterable[int], *, at_once: bool = True, in_full: bool = True) -> list[int]:
        """Schedule pods that arrive in this order; return those left pending, in that order.

        With ``at_once`` all wait in the queue before the first is taken, so that the highest
        priority goes first; otherwise each is tried as it comes, and priority tells among those
        that come again.

        A pod that was refused comes again when others have come that may help it, or when room
        was made by preemption; pods evicted for others come last.

        Unless it runs ``in_full`` it ends at the first pod that is refused and that no other
        pod's arrival may help, though room could yet be made by preemption.
        """
        arrival = {pod: number for number, pod in enumerate(pods)}
        queue = [
            (-self._priority(pod) if at_once else -_JUST_COME, number, pod)
            for pod, number in arrival.items()
        ]
        heapq.heapify(queue)
        pending: dict[int, bool] = {}  # pod -> another pod's arrival may help it
        progress = False
        while queue:
            while queue:
                _, _, pod = heapq.heappop(queue)
                if self.schedule(pod) is not None:
                    progress = True
                    continue
                evicted = self._preempt(pod)
                if evicted is None:
                    pending[pod] = self._may_be_helped(pod)
                    if not (in_full or pending[pod]):
                        return [pod]
                    continue
                progress = True
                for victim in evicted:
                    arrival[victim] = len(arrival) + arrival.get(victim, 0)
                    heapq.heappush(queue, (-self._priority(victim), arrival[victim], victim))
                pending = dict.fromkeys(pending, True)
            again = [pod for pod, helped in pending.items() if helped and progress]
            for pod in again:
                del pending[pod]
                heapq.heappush(queue, (-self._priority(pod), arrival[pod], pod))
            progress = False
        return sorted(pending, key=lambda pod: arrival[pod])

    def _priority(self, pod: int) -> int:
        return self.cache.cluster.pods[pod].template.priority

    def _may_be_helped(self, pod: int) -> bool:
        template = self.cache.cluster.pods[pod].template
        if not (template.affinity or template.spread):
            return False
        return filtering.others_decide(self.context(self.cache.kind_of[pod]))

    def _preempt(self, pod: int) -> Sequence[int] | None:
        """Make room by evicting pods of lower priority and bind the pod there; return them."""
        preemption = self._preemption.find(pod, self.bound)
        if preemption is None:
            return None
        node, victims = preemption
        for victim in victims:
            self.cache.remove(victim)
        self.place(pod, node)
        gone = set(victims)
        self.bound = [p for p in self.bound if p not in gone]
        return victims


def nodes_to_find(nodes: int, percent: int = 0) -> int:
    """Return how many feasible nodes are enough (numFeasibleNodesToFind).

    ``percent`` is percentageOfNodesToScore; 0 means that it depends on the number of nodes.
    """
    if nodes < _LOOKED_AT_MIN:
        return nodes
    percent = percent or max(50 - nodes // 125, _PERCENT_MIN)
    return max(nodes * percent // 100, _LOOKED_AT_MIN)


def _place(node: Node) -> tuple[str, str]:
    labels = dict(node.labels)
    return labels.get(REGION, ""), labels.get(ZONE, "")


def node_order(nodes: Sequence[Node]) -> Integers:
    """Return the nodes in turn from each zone (internal/cache/node_tree.go)."""
    zones: dict[tuple[str, str], list[int]] = {}
    for number, node in enumerate(nodes):
        zones.setdefault(node.once(_place), []).append(number)
    ordered: list[int] = []
    for turn in range(max((len(members) for members in zones.values()), default=0)):
        ordered += [members[turn] for members in zones.values() if turn < len(members)]
    return np.array(ordered, dtype=np.int64)
