"""Descent: from a fleet that strands nothing to cheaper ones that strand nothing either.

What a fleet of a small cluster strands is no matter of its room alone, and few fleets are what
mending can make of a plan. So others are tried: one or two nodes are exchanged for up to two that
cost less, of the families and NodePools that the fleet has, in its zones, of which none is given
up, filled with the others or after them. Each is judged by rehearsing it.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubestow.model.plan import PlannedNode
from kubestow.model.resources import CPU, MEMORY
from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of, level_of, numbered, tainted
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.scheduling.rehearsal import Run

_PLACEMENTS = 45_000  # pods scheduled in all
_STEP = 0.2  # of what a fleet costs over the least: what a step first tries to save
_PALETTE_MOST = 16
_PAIRS_MOST = 8  # kinds of nodes: of more, only single nodes are exchanged
_TRIED_MOST = 120  # fleets for each step
_LEVELS = 2
Signature = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A fleet to try: what it costs, and what tells it from others."""

    nano_usd_per_hour: int
    signature: Signature
    nodes: tuple[PlannedNode, ...]


class Descent:
    """Tries cheaper fleets for the pods of a plan, with nodes like those of a palette."""

    def __init__(
        self, mender: Mender, palette: Sequence[PlannedNode], *, least: int, kinds_most: int
    ) -> None:
        """``least`` is what a fleet costs at least, in nano-USD an hour."""
        self._mender, self._least, self._kinds_most = mender, least, kinds_most
        few = sorted(palette, key=lambda node: (node.price.nano_usd_per_hour, _kind(node)))
        few = few[:_PALETTE_MOST]
        bags = [(), *((n,) for n in few), *itertools.combinations_with_replacement(few, 2)]
        self._bags = [(bag, cost_of(bag), _room(bag)) for bag in bags]
        self._zones = {node.zone for node in mender.plan.nodes if not node.existing}
        self._left = _PLACEMENTS
        pods = [mender.snapshot.cluster.pods[pod] for pod in mender.rehearsal.pods]
        self._asked = tuple(
            sum(dict(pod.template.requests).get(name, 0) for pod in pods) for name in (CPU, MEMORY)
        )
        self._known: set[Signature] = set()

    def run(self, nodes: Nodes, runs: list[Run]) -> tuple[Nodes, list[Run]]:
        """Return the cheapest fleet found that was confirmed, which the given one is."""
        path = [(nodes, runs)]
        while self._left > 0:
            step = self._next(path[-1][0])
            if step is not None:
                path.append(step)
                continue
            while len(path) > 1:
                if self._is_confirmed(path):
                    return path[-1]
                path.pop()
                if self._left > 0:
                    break
            else:
                break
        while len(path) > 1 and not self._is_confirmed(path):
            path.pop()
        return path[-1]

    def _is_confirmed(self, path: list[tuple[Nodes, list[Run]]]) -> bool:
        """Return whether the last fleet passes what is known now, and orders that are not."""
        nodes = path[-1][0]
        runs = self._played(nodes)
        if not runs[-1].pending:
            confirming = self._mender.confirming(nodes)
            self._left -= sum(len(run.placed) for run in confirming)
            runs += confirming
        path[-1] = nodes, runs
        return not runs[-1].pending

    def _played(self, nodes: Nodes) -> list[Run]:
        runs = self._mender.trial(nodes, in_full=False)
        self._left -= sum(len(run.placed) for run in runs)
        return runs

    def _next(self, nodes: Nodes) -> tuple[Nodes, list[Run]] | None:
        """Return a cheaper fleet that passes the known orders."""
        goal = cost_of(nodes) - _STEP * (cost_of(nodes) - self._least)
        steps = sorted(
            self._steps(nodes), key=lambda s: (abs(s.nano_usd_per_hour - goal), s.signature)
        )
        for step in steps[:_TRIED_MOST]:
            if step.signature in self._known:
                continue
            if self._left <= 0:
                break
            self._known.add(step.signature)
            named = numbered(step.nodes)
            runs = self._played(named)
            if not runs[-1].pending:
                return named, runs
        return None

    def _steps(self, nodes: Nodes) -> Iterator[_Step]:
        """Yield the fleets that one exchange makes, with enough cpu and memory in all."""
        cost, seen = cost_of(nodes), set[Signature]()
        for left in _without(nodes):
            rest, (cpu, memory) = cost_of(left), _room(left)
            for bag, price, (more_cpu, more_memory) in self._bags:
                if not self._least <= rest + price < cost:
                    continue
                if cpu + more_cpu < self._asked[0] or memory + more_memory < self._asked[1]:
                    continue
                for level in range(_LEVELS if bag else 1):
                    fleet = (*left, *(tainted(node, level) for node in bag))
                    signature = tuple(sorted(map(_kind, fleet)))
                    if signature in seen or signature in self._known:
                        continue
                    seen.add(signature)
                    if self._is_alike(fleet):
                        yield _Step(rest + price, signature, fleet)

    def _is_alike(self, nodes: Nodes) -> bool:
        """Return whether new nodes are of few enough kinds, and in every zone that the plan is."""
        new = [node for node in nodes if not node.existing]
        few = len({node.instance_type for node in new}) <= self._kinds_most
        return few and self._zones <= {node.zone for node in new}


def _without(nodes: Nodes) -> Iterator[tuple[PlannedNode, ...]]:
    """Yield the nodes without one or two of the new ones; of like nodes any stands for all."""
    kinds: dict[tuple[str, ...], list[PlannedNode]] = {}
    for node in nodes:
        if not node.existing:
            kinds.setdefault(_kind(node), []).append(node)
    outs = [like[:1] for like in kinds.values()]
    if len(kinds) <= _PAIRS_MOST:
        outs += [like[:2] for like in kinds.values() if len(like) > 1]
        outs += [[a[0], b[0]] for a, b in itertools.combinations(kinds.values(), 2)]
    for out in outs:
        gone = {node.name for node in out}
        yield tuple(node for node in nodes if node.name not in gone)


def _kind(node: PlannedNode) -> tuple[str, ...]:
    """Return what tells a new node from others; an existing one is told by its name."""
    name = node.name if node.existing else ""
    level = str(level_of(node))
    return node.nodepool, node.instance_type, node.zone, node.capacity_type, level, name


def _room(nodes: Iterable[PlannedNode]) -> tuple[int, int]:
    """Return the cpu and memory of some nodes in all."""
    has = [dict(node.allocatable) for node in nodes]
    return sum(a.get(CPU, 0) for a in has), sum(a.get(MEMORY, 0) for a in has)
