"""The offerings of a bound: equal ones, and the proof that none carries more than its price allows.

Hints of the certificate only say which prices or cells to try first; only what is computed
counts. Offerings that are equal for every load are checked once, at the cheapest price.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kubestow.model import labels as names
from kubestow.model.certificate import PRICE_SHIFT, BinProof, CertificateGrid
from kubestow.model.cpu_credits import CpuCredits
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import CPU, CPU_USE, MEMORY
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
    priced,
)
from kubestow.verify.bound_places import BoundPlace, JudgedOffering

PRICES, GRID, DOMINANCE, NOTHING_FITS = "prices", "grid", "dominance", "nothing fits"
_OWN_CELLS = 200
_USE = frozenset({CPU_USE})


class CpuTerms(NamedTuple):
    """What a node does with pods that use more cpu than it sustains.

    ``rate`` is what it charges, in nano-USD per millicpu and hour. If that is None it carries no
    more where it is ``limited``, and any amount for nothing where it is not.
    """

    limited: bool
    rate: int | None

    @classmethod
    def of(cls, site: BoundPlace) -> "CpuTerms":
        """Return the terms of a place."""
        return cls(site.credits is not None, site.credits.rate if site.credits else None)

    @property
    def but(self) -> frozenset[str]:
        """The axes that do not limit how many pods fit."""
        return frozenset() if self.limited and self.rate is None else _USE

    def priced(self, prices: Mapping[str, int], wares: Sequence[Ware]) -> ResourcePrices:
        """Return prices of resources as they hold here.

        A node of price p that sustains b costs p + r max(0, u - b) >= p + w (u - b) for any price w
        of used cpu up to the rate r: so it is priced like any resource, of which b is there.
        """
        if not self.limited:
            return priced(prices, wares, self.but)
        if self.rate is None:
            return priced(prices, wares)
        most = min(prices.get(CPU_USE, 0), self.rate << PRICE_SHIFT)
        return priced({**prices, CPU_USE: most}, wares)


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

    def show(self, prices: Sequence[Mapping[str, int]]) -> None:
        """Try to prove for every bin that it carries no more than its target."""
        choice_of: dict[CpuTerms, list[ResourcePrices]] = {}
        guesses: dict[int, ResourcePrices] = {}
        for terms, rows in self._by_terms().items():
            choice = choice_of[terms] = [terms.priced(each, self.wares) for each in prices]
            frees = [self.bins[i].site.free for i in rows]
            needed = most_valuable(self.wares, frees, self.fits[rows], terms.but)
            best = likely_best(frees, needed, choice)
            for index, row, guess in zip(rows, needed, best, strict=True):
                item, at = self.bins[index], choice[guess]
                item.fits, guesses[index] = row.tolist(), at
                by_prices = fractional_bound(item.site.free, item.fits, at)
                item.learn(by_prices, PRICES if any(item.fits) else NOTHING_FITS)
        open_bins = [i for i, item in enumerate(self.bins) if not item.shown]
        room = self._room()
        for index in open_bins:
            item = self.bins[index]
            choice = choice_of[CpuTerms.of(item.site)]
            _ = (
                self._is_dominated(index, room)
                or self._fits_grid(item, [(choice[p.prices], p.grid) for p in item.proofs])
                or self._fits_charged(item, prices)
                or self._fits_grid(item, [(guesses[index], _own_grid(item.site.free))])
            )
        for index in open_bins:
            if not self.bins[index].shown:
                self._is_dominated(index, room)

    def _by_terms(self) -> "dict[CpuTerms, list[int]]":
        """Return the bins by the terms of what is used of their cpu."""
        rows: dict[CpuTerms, list[int]] = {}
        for index, item in enumerate(self.bins):
            rows.setdefault(CpuTerms.of(item.site), []).append(index)
        return rows

    def _fits_grid(
        self,
        item: BoundBin,
        hints: Iterable[tuple[ResourcePrices, CertificateGrid | None]],
        rate: int = 0,
    ) -> bool:
        """Try to prove by cells; with a ``rate``, the cpu that is used is charged, not priced."""
        free, fits, target = item.site.free, item.fits, item.target
        return any(
            item.learn(grid_bound(self.wares, free, fits, at, grid, target=target, rate=rate), GRID)
            for at, grid in hints
            if grid is not None
        )

    def _fits_charged(self, item: BoundBin, prices: Sequence[Mapping[str, int]]) -> bool:
        """Try to prove a node that charges for its load by cells of cpu."""
        rate = CpuTerms.of(item.site).rate
        if not rate:
            return False
        plain = ((priced(prices[p.prices], self.wares, _USE), p.grid) for p in item.proofs)
        return self._fits_grid(item, plain, rate)

    def _room(self) -> NDArray[np.int64]:
        axes = [name for name in axes_of(self.wares) if name != CPU_USE]
        rows = [[item.site.free.get(name, 0) for name in axes] for item in self.bins]
        return np.array(rows, dtype=np.int64).reshape(len(self.bins), len(axes))

    def _is_dominated(self, index: int, room: NDArray[np.int64]) -> bool:
        """Return whether a proven bin takes every load of this one and is not more expensive.

        What that bin charges for a load is no more than what this one does.
        """
        item = self.bins[index]
        near = [
            other
            for other in np.flatnonzero((room >= room[index]).all(axis=1)).tolist()
            if self.bins[other].shown
            and _charges_no_more(self.bins[other].site.credits, item.site.credits)
            and self.bins[other].target <= item.target
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


def _charges_no_more(one: CpuCredits | None, other: CpuCredits | None) -> bool:
    """Return whether a node takes every load of another and charges no more for it."""
    if one is None:
        return True
    if other is None or one.baseline < other.baseline:
        return False
    return other.rate is None or (one.rate is not None and one.rate <= other.rate)


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
        free = tuple(sorted(site.free.items()))
        shape = (free, packed[index].tobytes(), offer.pool.weight, site.credits)
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
    frees = [item.site.free for item in bins]
    fits = how_many(wares, frees, _USE)
    held = [i for i, item in enumerate(bins) if not CpuTerms.of(item.site).but]
    fits[held] = how_many(wares, [frees[i] for i in held])
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
