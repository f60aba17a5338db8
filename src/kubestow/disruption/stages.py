"""Stages: which of the nodes that should go are let go first, where budgets let only some of them.

Each order is a guess: what is best is known when the pods have been tried elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from kubestow.disruption.node_budgets import let_go


@dataclass(frozen=True, slots=True)
class Leaver:
    """A node that should go, of a NodePool.

    ``cost`` and ``worth``, of its pods on new nodes, are in nano-USD an hour, ``moving`` is what
    its evictions cost, in nano-USD; something is launched for the pods of one that is ``replaced``.
    """

    name: str
    pool: str
    cost: int
    worth: float
    moving: int
    replaced: bool = False

    @property
    def saves_for_moves(self) -> float:
        """What it costs for each nano-USD of evictions."""
        return self.cost / (self.moving + 1)


def first_stage(
    leavers: Collection[Leaver],
    allowed: Mapping[str, int] | None,
    score: Callable[[list[str]], float | None],
) -> list[str]:
    """Return which nodes go now, ``allowed`` of each pool; all of them where they may.

    ``score`` tells how well it pays that some go first; None if it does not. Where no full set
    pays, halves of the sets are tried, and so on; where none does, it is the first set.
    """
    sets = _sets(leavers, allowed)
    first = sets[0]
    if len(first) == len(leavers):
        return first
    while sets:
        scores = [(score(names), names) for names in sets]
        paying = [(found, names) for found, names in scores if found is not None]
        if paying:
            return max(paying, key=lambda item: item[0])[1]
        sets = [names[: len(names) // 2] for names in sets if len(names) > 1]
    return first


def waves_of(pools: Iterable[str], allowed: Mapping[str, int] | None) -> int:
    """Return in how many waves nodes of these pools go, as many at a time as are allowed of each.

    It is one at least.
    """
    counts = Counter(pools) if allowed is not None else Counter[str]()
    least = allowed or {}
    return max((-(-n // max(least.get(pool, 0), 1)) for pool, n in counts.items()), default=1)


def _sets(leavers: Collection[Leaver], allowed: Mapping[str, int] | None) -> list[list[str]]:
    """Return sets of nodes that may go now.

    First what needs no launch, by what it saves for its moves; then what wastes most; then what
    saves most for its moves, whatever it needs.
    """
    orders = (
        sorted(leavers, key=lambda one: (one.replaced, -one.saves_for_moves, one.name)),
        sorted(leavers, key=lambda one: (one.worth - one.cost, one.name)),
        sorted(leavers, key=lambda one: (-one.saves_for_moves, one.name)),
    )
    if allowed is None:
        return [[one.name for one in orders[0]]]
    chosen: dict[frozenset[str], list[str]] = {}
    for order in orders:
        names = [one.name for one in let_go(order, lambda one: one.pool, allowed)]
        chosen.setdefault(frozenset(names), names)
    return list(chosen.values())
