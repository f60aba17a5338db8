"""Market: what spot costs now, and the catalog with the prices in effect.

Law: a price in effect is paid from its second on (AWS whitepaper Overview of Amazon EC2 Spot
Instances, how they work). The catalog is another object only when somebody looks and a price has
changed since; a world whose prices stand still keeps the scenario's own.

A change wakes the policies only where it is the price of a node that is paid for. EC2 tells nobody
of it; real controllers come by every few seconds, and this stands for the first of them that would
find their own nodes' cost changed. A policy that every change of the region's thousands of prices
woke would decide tens of thousands of times a day, for offerings it does not use.
"""

import functools
from collections.abc import Callable

from kubestow.model.instance_type import SPOT, Catalog
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.spot_prices import Place, repriced
from kubestow.simulation.spot_moves import by_instant
from kubestow.simulation.stage import FREEING, Stage


class Market:
    """The prices of a run. ``on_moved`` is told of those that change."""

    def __init__(self, stage: Stage) -> None:
        self._catalog = stage.scenario.base.catalog
        self._now: dict[Place, int] = {}
        self._moved: dict[Place, int] = {}  # since the catalog was made
        self.on_moved: Callable[[dict[Place, int]], None] = lambda moved: None
        for at, prices in by_instant(stage.scenario.spot_prices.moves).items():
            stage.later(at, FREEING, functools.partial(self._move, prices))

    def _move(self, prices: dict[Place, int]) -> None:
        self._now.update(prices)
        self._moved.update(prices)
        self.on_moved(prices)

    @property
    def catalog(self) -> Catalog:
        """The catalog with the prices in effect."""
        if self._moved:
            self._catalog = repriced(self._catalog, self._moved)
            self._moved = {}
        return self._catalog

    def price(self, claim: NodeClaim) -> int:
        """Return what a node costs an hour now: a claim's own price, where none has moved."""
        if claim.capacity_type != SPOT:
            return claim.nano_usd_per_hour
        return self._now.get((claim.instance_type, claim.zone), claim.nano_usd_per_hour)
