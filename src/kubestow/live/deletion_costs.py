"""Pod deletion costs by node, so that a new order of nodes changes as few of them as it can.

Pods without a cost count as 0 and are deleted first, so costs begin above that. Source: Kubernetes
1.34 pkg/controller/controller_utils.go (getPodDeletionCost; a cost is an int32).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kubestow.model.observed import ObjectIdentity
from kubestow.model.pod import Pod

COST = "controller.kubernetes.io/pod-deletion-cost"
_OURS = "kubestow.dev/pod-deletion-cost"  # marks that the cost is kubestow's
_GAP = 1_000
_MOST = 2**31 - 1


_AT_ONCE = 400  # pods a turn, so that it is not long


@dataclass(slots=True)
class DeletionCosts:
    """What is still to be written of an order of nodes: each pod is tried once."""

    nodes: tuple[str, ...] = ()
    _tried: set[str] = field(default_factory=set)
    _is_over: bool = True

    def begin(self, nodes: tuple[str, ...]) -> None:
        """Begin with another order."""
        self.nodes, self._tried, self._is_over = nodes, set(), False

    def due(
        self, pods: Iterable[Pod], identity: Callable[[str], ObjectIdentity | None]
    ) -> list[tuple[str, dict[str, str | None]]]:
        """Return the annotations of the pods that are written now, by namespace/name."""
        if self._is_over:
            return []
        wanted = wanted_costs(pods, identity, self.nodes)
        left = [item for item in wanted if item[0] not in self._tried]
        self._is_over = len(left) <= _AT_ONCE
        self._tried |= {pod for pod, _ in left[:_AT_ONCE]}
        return left[:_AT_ONCE]


def wanted_costs(
    pods: Iterable[Pod],
    identity: Callable[[str], ObjectIdentity | None],
    nodes: Sequence[str],
) -> list[tuple[str, dict[str, str | None]]]:
    """Return the annotations of pods that change where nodes are emptied in this order.

    Pods that have a cost of their own keep it; pods of nodes that are not named get none.
    """
    ours: list[tuple[Pod, str | None]] = []
    known: dict[str, Counter[int]] = {}
    for pod in pods:
        found = identity(pod.key)
        if pod.daemonset or pod.lifecycle.owner is None or found is None:
            continue
        cost, is_ours = found.notes.get(COST), _OURS in found.notes
        if cost is None or is_ours:
            ours.append((pod, cost))
        if cost is not None and is_ours and cost.isdecimal():
            known.setdefault(pod.node_name, Counter())[int(cost)] += 1
    usual = {node: counted.most_common(1)[0][0] for node, counted in known.items()}
    costs = deletion_costs(nodes, usual)
    wanted: list[tuple[str, dict[str, str | None]]] = []
    for pod, before in ours:
        after = str(costs[pod.node_name]) if pod.node_name in costs else None
        if before != after:
            wanted.append((pod.key, {COST: after, _OURS: None if after is None else "true"}))
    return wanted


def deletion_costs(nodes: Sequence[str], known: Mapping[str, int]) -> dict[str, int]:
    """Return costs that rise along the nodes, the first deleted first.

    Of the ``known`` ones as many as possible stay; new ones come between them, and where there is
    no room all are new.
    """
    costs: dict[str, int] = {}
    kept = [*_rising([(known[name], name) for name in nodes if known.get(name, 0) > 0]), None]
    position = low = 0
    for name in kept:
        end = len(nodes) if name is None else nodes.index(name, position)
        between = nodes[position:end]
        high = low + _GAP * (len(between) + 1) if name is None else known[name]
        step = (high - low) // (len(between) + 1)
        if between and not step:
            return {each: _GAP * (i + 1) for i, each in enumerate(nodes)}
        costs |= {each: low + step * (i + 1) for i, each in enumerate(between)}
        if name is not None:
            costs[name] = low = high
            position = end + 1
    if max(costs.values(), default=0) > _MOST:
        return {each: _GAP * (i + 1) for i, each in enumerate(nodes)}
    return costs


def _rising(costs: Sequence[tuple[int, str]]) -> list[str]:
    """Return the names of a longest part of them whose costs rise."""
    ends: list[int] = []  # the least last cost of a rising part of each length
    at: list[int] = []  # and where that is
    before: list[int | None] = []
    for i, (cost, _) in enumerate(costs):
        length = bisect_left(ends, cost)
        ends[length : length + 1] = [cost]
        at[length : length + 1] = [i]
        before.append(at[length - 1] if length else None)
    found: list[str] = []
    i_next = at[-1] if at else None
    while i_next is not None:
        found.append(costs[i_next][1])
        i_next = before[i_next]
    return found[::-1]
