"""Market: what spot costs now, and the catalog with the prices in effect.

A price is paid from the second it takes effect (AWS whitepaper Overview of Amazon EC2 Spot
Instances, how they work). The catalog is rebuilt only when it is read after a price has changed; a
world with still prices keeps the scenario's own.

A changed price wakes the policies only if a running node costs it. EC2 announces no prices; real
controllers look every few seconds, and this stands for the first look that finds the cost of one's
own nodes changed. If every change of a region's thousands of prices woke a policy, it would decide
tens of thousands of times a day, for offerings it does not use.
"""

import functools
from collections.abc import Callable

from kubestow.model.instance_type import SPOT, Catalog
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.spot_prices import Place, repriced
from kubestow.simulation.spot_moves import by_instant
from kubestow.simulation.stage import FREEING, Stage


class Market:
    """The prices of a run. ``on_moved`` is called with those that change."""

    def __init__(self, stage: Stage) -> None:
        self._catalog = stage.scenario.base.catalog
        self._now: dict[Place, int] = {}
        self._moved: dict[Place, int] = {}  # since the catalog was last read
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
        """Return what a node costs an hour now: the claim's own price unless it has moved."""
        if claim.capacity_type != SPOT:
            return claim.nano_usd_per_hour
        return self._now.get((claim.instance_type, claim.zone), claim.nano_usd_per_hour)
