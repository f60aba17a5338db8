"""The offerings of a bound: equal ones, and the proof that none carries more than its price allows.

Hints of the certificate only say which prices or cells to try first; only what is computed
counts. Offerings that are equal for every load are checked once, at the cheapest price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kubestow.model import labels as names
from kubestow.model.certificate import BinProof, CertificateGrid
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.snapshot import Snapshot
from kubestow.verify.bound_load import (
    Free,
    ResourcePrices,
    Ware,
    axes_of,
    fractional_bound,
    grid_bound,
    how_many,
    likely_best,
    most_valuable,
)
from kubestow.verify.bound_places import BoundPlace, JudgedOffering

PRICES, GRID, DOMINANCE, NOTHING_FITS = "prices", "grid", "dominance", "nothing fits"
_OWN_CELLS = 200


@dataclass(slots=True)
class BoundBin:
    """Offerings that are equal for every load; ``offer`` is the cheapest.

    ``target`` is what a load may be worth, ``bound`` the best known limit on its worth, and
    ``shown`` how it was proven to be low enough.
    """

    site: BoundPlace
    offer: JudgedOffering
    target: int
    fits: list[int] = field(default_factory=list)
    proofs: dict[BinProof, None] = field(default_factory=dict)
    offerings: int = 0
    bound: int | None = None
    shown: str = ""

    def learn(self, bound: int | None, how: str) -> bool:
        """Record a limit on the worth of its loads; tell whether it is low enough."""
        if bound is not None:
            self.bound = bound if self.bound is None else min(self.bound, bound)
            self.shown = how if bound <= self.target else ""
        return bool(self.shown)


@dataclass(slots=True)
class BoundBins:
    """All bins, and how many of each ware fit alone in each (rows are bins)."""

    wares: tuple[Ware, ...]
    bins: list[BoundBin]
    fits: NDArray[np.int64]

    def show(self, choice: Sequence[ResourcePrices]) -> None:
        """Try to prove for every bin that it carries no more than its target."""
        frees = [item.site.free for item in self.bins]
        needed = most_valuable(self.wares, frees, self.fits)
        guesses = [choice[guess] for guess in likely_best(frees, needed, choice)]
        for item, row, at in zip(self.bins, needed, guesses, strict=True):
            item.fits = row.tolist()
            by_prices = fractional_bound(item.site.free, item.fits, at)
            item.learn(by_prices, PRICES if any(item.fits) else NOTHING_FITS)
        open_bins = [i for i, item in enumerate(self.bins) if not item.shown]
        room = self._room()
        for index in open_bins:
            item = self.bins[index]
            _ = (
                self._is_dominated(index, room)
                or self._fits_grid(item, [(choice[p.prices], p.grid) for p in item.proofs])
                or self._fits_grid(item, [(guesses[index], _own_grid(item.site.free))])
            )
        for index in open_bins:
            if not self.bins[index].shown:
                self._is_dominated(index, room)

    def _fits_grid(
        self, item: BoundBin, hints: Iterable[tuple[ResourcePrices, CertificateGrid | None]]
    ) -> bool:
        free, fits, target = item.site.free, item.fits, item.target
        return any(
            item.learn(grid_bound(self.wares, free, fits, at, grid, target=target), GRID)
            for at, grid in hints
            if grid is not None
        )

    def _room(self) -> NDArray[np.int64]:
        axes = axes_of(self.wares)
        rows = [[item.site.free.get(name, 0) for name in axes] for item in self.bins]
        return np.array(rows, dtype=np.int64).reshape(len(self.bins), len(axes))

    def _is_dominated(self, index: int, room: NDArray[np.int64]) -> bool:
        """Return whether a proven bin takes every load of this one and is not more expensive."""
        item = self.bins[index]
        near = [
            other
            for other in np.flatnonzero((room >= room[index]).all(axis=1)).tolist()
            if self.bins[other].shown and self.bins[other].target <= item.target
        ]
        if not (self.fits[near] >= self.fits[index]).all(axis=1).any():
            return False
        return item.learn(item.target, DOMINANCE)

    def hold_to_heaviest(self) -> None:
        """Restrict each ware to the pools with the highest weight in which it fits."""
        weights = np.array([item.offer.pool.weight for item in self.bins], dtype=np.int64)
        for column in self.fits.T:
            if column.any():
                column[weights < weights[column > 0].max()] = 0


def _own_grid(free: Free) -> CertificateGrid:
    """Return cells to try if no hint works: fine enough for most, and fast."""
    cpu, memory = (max(1, free.get(name, 0) // _OWN_CELLS) for name in (CPU, MEMORY))
    return CertificateGrid(cpu, memory)


def bins_of(
    sites: Sequence[BoundPlace],
    admitted: NDArray[np.bool_],
    wares: tuple[Ware, ...],
    theta: Fraction,
    proofs: Iterable[BinProof],
) -> BoundBins:
    """Group the sites of new nodes into bins; ``admitted`` are the wares (columns) each takes."""
    hints: dict[tuple[str, str, str], list[BinProof]] = {}
    for proof in proofs:
        key = (proof.node_pool, proof.instance_type, proof.capacity_type)
        hints.setdefault(key, []).append(proof)
    packed = np.packbits(admitted, axis=1)
    bin_of_shape: dict[object, BoundBin] = {}
    rows: list[int] = []
    for index, site in enumerate(sites):
        offer = site.offer
        assert offer is not None, "a new node is launched from an offering"
        shape = (tuple(sorted(site.free.items())), packed[index].tobytes(), offer.pool.weight)
        item = bin_of_shape.get(shape)
        if item is None:
            item = bin_of_shape[shape] = BoundBin(site, offer, 0)
            rows.append(index)
        if offer.nano_usd_per_hour < item.offer.nano_usd_per_hour:
            item.offer = offer
        item.offerings += 1
        names_of = (offer.pool.name, offer.instance_type, offer.capacity_type)
        item.proofs.update(dict.fromkeys(hints.get(names_of, ())))
    bins = list(bin_of_shape.values())
    for item in bins:
        item.target = int(theta * item.offer.nano_usd_per_hour)
    fits = how_many(wares, [item.site.free for item in bins])
    fits[~admitted[rows]] = 0
    return BoundBins(wares, bins, fits)


def weights_hold(snapshot: Snapshot, pools: Iterable[NodePool], shares_claims: bool) -> bool:
    """Return whether a pod that fits alone in a pool of higher weight is always placed there.

    Limits, minValues, constraints between pods on several nodes, and a claim that two pods share
    may lead it elsewhere.
    """
    if shares_claims or len({pool.weight for pool in pools}) < 2:
        return False
    for pool in pools:
        if pool.limits or pool.wants_choice:
            return False
    cluster = snapshot.cluster
    templates = [item.template for item in cluster.daemonsets]
    templates += [pod.template for pod in cluster.pods]
    last: PodTemplate | None = None
    for template in templates:
        if template is not last:
            last = template
            keys = {item.topology_key for item in template.spread}
            keys.update(item.topology_key for item in template.anti_affinity)
            if template.affinity or keys - {names.HOSTNAME}:
                return False
    return True
