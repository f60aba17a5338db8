"""Relocation: where the pods of leaving nodes fit instead, by kube-scheduler's own filters.

Every move is judged with all earlier moves made. A trial that is undone leaves no trace. Pods go to
the node that they fill best, so that others become free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kubestow.disruption.expected import moves
from kubestow.model.snapshot import Snapshot
from kubestow.scheduling import filtering
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.pod_kinds import PodKindsCache
from kubestow.scheduling.rehearsal import with_resolved_claims
from kubestow.scheduling.scheduler_cache import build_cache

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RelocationTrial:
    """The moves made: (pod, from, to) by number, -1 for nowhere; ``left`` are pods without room.

    ``roomy`` are the nodes with room before the moves, by kind of pod, as far as they are known.
    """

    moved: tuple[tuple[int, int, int], ...]
    left: tuple[int, ...]
    roomy: dict[int, list[int]] = field(compare=False, repr=False)


class Relocation:
    """The nodes and pods of a snapshot, and the moves tried on them. Pods are numbered.

    Pending pods are put on nodes that have room for them; ``homeless`` are the others.
    """

    def __init__(self, snapshot: Snapshot, pod_kinds: PodKindsCache | None = None) -> None:
        cluster = with_resolved_claims(snapshot.cluster)
        self.cache = build_cache(cluster, (pod_kinds or PodKindsCache()).of(cluster))
        self.open: Mask = ~self.cache.index.unschedulable
        self._contexts: dict[int, PodContext] = {}
        self._roomy: dict[int, list[int]] = {}  # by kind, where everything is now
        self.movers: list[dict[int, None]] = [{} for _ in cluster.nodes]  # by node
        pending: list[int] = []
        for number, pod in enumerate(cluster.pods):
            node = self.cache.node_of.get(number)
            if node is not None:
                if moves(pod):
                    self.movers[node][number] = None
            elif not pod.node_name and not pod.daemonset and not pod.rejected:
                pending.append(number)
        allocatable = self.cache.allocatable[:2].astype(float)
        self._weight = 1.0 / np.maximum(allocatable, 1.0)
        largest = np.maximum(allocatable.max(axis=1, initial=1.0), 1.0)
        size = (self.cache.requests[:, :2] / largest).sum(axis=1)
        self._largest_first = np.argsort(-size, kind="stable").argsort().tolist()
        self.homeless = self.place(pending).left

    def key(self, pod: int) -> str:
        """Return a pod's namespace/name."""
        return self.cache.cluster.pods[pod].key

    def vacate(
        self, nodes: Sequence[str], among: Mask | None = None, *, whole: bool = False
    ) -> RelocationTrial:
        """Close nodes and move their pods to others that have room for them.

        With ``whole`` it ends at the first pod without room, which ``left`` then holds; the caller
        has to undo such a trial.
        """
        positions = [self.cache.position[name] for name in nodes]
        self.open[positions] = False
        return self.place(
            [pod for node in positions for pod in self.movers[node]], among, whole=whole
        )

    def place(
        self, pods: Iterable[int], among: Mask | None = None, *, whole: bool = False
    ) -> RelocationTrial:
        """Move pods, the largest first, to open nodes that have room for them."""
        kind_of, largest_first = self.cache.kind_of, self._largest_first
        pods = list(pods)
        allowed = self.open if among is None else self.open & among
        if whole:
            for kind, pod in {kind_of[pod]: pod for pod in pods}.items():
                if not self.has_room(kind, allowed):
                    return RelocationTrial((), (pod,), self._roomy)
        ordered = sorted(pods, key=lambda pod: (largest_first[kind_of[pod]], pod))
        origin = {pod: self._take(pod) for pod in ordered}
        moved: list[tuple[int, int, int]] = []
        left: list[int] = []
        for pod in ordered:
            node = None if whole and left else self._best(pod, allowed)
            if node is None:
                left.append(pod)
                moved.append((pod, origin[pod], -1))
            else:
                self._put(pod, node)
                moved.append((pod, origin[pod], node))
        before = self._roomy
        if moved:
            self._roomy = {}
        return RelocationTrial(tuple(moved), tuple(left[:1] if whole else left), before)

    def has_room(self, kind: int, allowed: Mask) -> bool:
        """Return whether some allowed node has room for a pod of a kind, where the pods now are."""
        nodes = self._roomy.get(kind)
        if nodes is None:
            found = filtering.roomy(self._context(kind)).nonzero()[0].tolist()
            nodes = self._roomy[kind] = found
        return any(allowed[node] for node in nodes)

    def _context(self, kind: int) -> PodContext:
        context = self._contexts.get(kind)
        if context is None:
            context = self._contexts[kind] = PodContext(self.cache, kind)
        return context

    def _take(self, pod: int) -> int:
        """Take a pod off its node; return the node, or -1 if it had none."""
        if pod not in self.cache.node_of:
            return -1
        node = self.cache.remove(pod)
        self.movers[node].pop(pod, None)
        return node

    def _put(self, pod: int, node: int) -> None:
        self.cache.add(pod, node)
        self.movers[node][pod] = None

    def _best(self, pod: int, allowed: Mask) -> int | None:
        nodes = (filtering.feasible(self._context(self.cache.kind_of[pod])) & allowed).nonzero()[0]
        if not len(nodes):
            return None
        spare = self.cache.free[:2, nodes] * self._weight[:, nodes]
        return int(nodes[spare.sum(axis=0).argmin()])

    def undo(self, trial: RelocationTrial, nodes: Sequence[str] = ()) -> None:
        """Undo the last trial and open ``nodes`` again."""
        self._roomy = trial.roomy
        for pod, _, to in reversed(trial.moved):
            if to >= 0:
                self._take(pod)
        for pod, origin, _ in trial.moved:
            if origin >= 0:
                self._put(pod, origin)
        positions = [self.cache.position[name] for name in nodes]
        self.open[positions] = ~self.cache.index.unschedulable[positions]
