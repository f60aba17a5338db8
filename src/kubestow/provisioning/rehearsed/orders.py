"""The orders of arrival that every fleet for the same pods has to pass, the hardest first."""

from dataclasses import dataclass

from kubestow.scheduling.rehearsal import ArrivalOrder, Rehearsal


@dataclass(frozen=True, slots=True)
class SeededOrder:
    """An order of arrival, and the seed of the scheduler's dice that it is played with."""

    order: ArrivalOrder
    seed: int


class KnownOrders:
    """Orders that are played to every fleet; those that a fleet failed come first and stay."""

    def __init__(self, rehearsal: Rehearsal, count: int, seed: int) -> None:
        self._rehearsal = rehearsal
        self._next = seed
        self.known = self._seeded(list(rehearsal.orders(count, seed)))

    def hardest(self, position: int) -> None:
        """Play the order at this position first from now on."""
        self.known.insert(0, self.known.pop(position))

    def learn(self, order: SeededOrder) -> None:
        """Play an order to every fleet from now on, and first."""
        self.known.insert(0, order)

    def fresh(self, count: int, *, late: bool) -> list[SeededOrder]:
        """Return so many random orders that no fleet has seen, with large pods ``late`` in half."""
        return self._seeded(list(self._rehearsal.random_orders(count, self._next, late=late)))

    def _seeded(self, orders: list[ArrivalOrder]) -> list[SeededOrder]:
        first, self._next = self._next, self._next + len(orders)
        return [SeededOrder(order, first + number) for number, order in enumerate(orders)]
