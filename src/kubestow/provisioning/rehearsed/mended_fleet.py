"""The cheapest of several mended fleets that passes orders which it was not mended for.

Only the cheapest is confirmed. Where an order refutes it, every fleet has to pass that order too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.scheduling.rehearsal import Run

_REFUTED_MOST = 24  # fleets in all


@dataclass(frozen=True, slots=True)
class MendedFleet:
    """A fleet mended for a plan, with its runs; the last is the worst.

    One that ``is_grown`` has more nodes like the plan's own.
    """

    mender: Mender
    nodes: Nodes
    runs: list[Run]
    is_grown: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """What makes a fleet better: fewer pods Pending, then less money."""
        return len(self.runs[-1].pending), cost_of(self.nodes)

    @property
    def is_sound(self) -> bool:
        """Whether the orders that were played strand nothing, and leave room where they must."""
        return not self.mender.failed(self.runs[-1])

    def confirmed(self) -> "MendedFleet":
        """Return it with runs of the orders that are known by now, and of fresh ones."""
        runs = self.mender.trial(self.nodes)
        if not self.mender.failed(runs[-1]):
            runs += self.mender.confirming(self.nodes)
        return replace(self, runs=runs)

    def mended(self) -> "MendedFleet":
        """Return it mended for the orders that are known by now."""
        return MendedFleet(self.mender, *self.mender.mended_again(self.nodes, self.runs[-1]))


def soundest(
    given: Iterable[MendedFleet], again: Callable[[MendedFleet], MendedFleet] = MendedFleet.mended
) -> MendedFleet:
    """Return the cheapest fleet that is confirmed, or the one that leaves fewest pods Pending.

    ``again`` mends a fleet that an order has refuted.
    """
    fleets = list(given)
    for _ in range(_REFUTED_MOST):
        best = min(fleets, key=lambda fleet: fleet.rank)
        if best.runs[-1].pending:
            return best
        fleets.remove(best)
        tried = best.confirmed()
        if tried.is_sound:
            return tried
        fleets.append(again(tried))
    return min((fleet.confirmed() for fleet in fleets), key=lambda fleet: fleet.rank)
