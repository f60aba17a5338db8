"""Market: current spot prices, and the catalog with these prices.

A price is billed from the second it takes effect (AWS whitepaper Overview of Amazon EC2 Spot
Instances, how they work). The catalog is a new object only if a price has changed since it was last
read; without changes it stays the scenario's own.

A price change wakes the policies only if a running node has that price. EC2 sends no event for it;
real controllers poll every few seconds, and this stands for the first poll that would see the cost
of its own nodes changed. Waking a policy for each of the region's thousands of prices would make it
decide tens of thousands of times a day, for offerings it does not use.
"""

import functools
from collections.abc import Callable

from kubestow.model.instance_type import SPOT, Catalog
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.spot_prices import Place, repriced
from kubestow.simulation.spot_moves import by_instant
from kubestow.simulation.stage import FREEING, Stage


class Market:
    """The prices of a run; ``on_moved`` is called with those that change."""

    def __init__(self, stage: Stage) -> None:
        self._catalog = stage.scenario.base.catalog
        self._now: dict[Place, int] = {}
        self._moved: dict[Place, int] = {}  # since the catalog was last built
        self.on_moved: Callable[[dict[Place, int]], None] = lambda moved: None
        for at, prices in by_instant(stage.scenario.spot_prices.moves).items():
            stage.later(at, FREEING, functools.partial(self._move, prices))

    def _move(self, prices: dict[Place, int]) -> None:
        self._now.update(prices)
        self._moved.update(prices)
        self.on_moved(prices)

    @property
    def catalog(self) -> Catalog:
        """The catalog with the current prices."""
        if self._moved:
            self._catalog = repriced(self._catalog, self._moved)
            self._moved = {}
        return self._catalog

    def price(self, claim: NodeClaim) -> int:
        """Return a node's current hourly price: the claim's own, unless it has changed."""
        if claim.capacity_type != SPOT:
            return claim.nano_usd_per_hour
        return self._now.get((claim.instance_type, claim.zone), claim.nano_usd_per_hour)
