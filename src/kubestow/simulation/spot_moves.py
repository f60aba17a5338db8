"""Spot moves: a scenario's spot prices over time, made up by seed or taken from a history.

A synthetic price depends only on the seed, its offering, the hour and its own past, and
never exceeds the on-demand price of the same type and zone. A price that a costs file overrides
does not move, and what a costs file adds to the price of an instance stays in it.

The process is mean-reverting in the logarithm (a discrete Ornstein-Uhlenbeck process): each hour
the distance from the catalog's price shrinks so that half of it is left after a day, and a shock
is added; its mean is the catalog's price. Offerings are assumed to move independently. That makes
moving elsewhere look better than it is: real prices of a family or zone rise together. Prices are
multiples of 0.0001 USD, as EC2 publishes them.
"""

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kubestow.model.counted import agreeing, counted
from kubestow.model.instance_type import ON_DEMAND, SPOT, Catalog, Offering, Price
from kubestow.model.spot_prices import HISTORY, SYNTHETIC, Moves, Place, SpotPrices

_HOUR = 3_600
_HALF_LIFE_HOURS = 24
_TICK = 100_000  # nano-USD
_Words = npt.NDArray[np.uint64]
_Reals = npt.NDArray[np.float64]


def timed(
    wanted: SpotPrices, catalog: Catalog, *, start: int, seconds: int, seed: int
) -> tuple[SpotPrices, tuple[str, ...]]:
    """Return spot prices in the time of a simulation, and notes about them."""
    if wanted.kind == SYNTHETIC:
        moves = synthetic(catalog, wanted.volatility, start=start, seconds=seconds, seed=seed)
        return replace(wanted, moves=moves), (
            f"spot prices are synthetic, not AWS's: by seed, around the catalog's, "
            f"volatility {wanted.volatility:g}; each moves for itself, each hour",
        )
    if wanted.kind == HISTORY:
        return _shifted(wanted, catalog, start, seconds)
    return wanted, ()


def synthetic(catalog: Catalog, volatility: float, *, start: int, seconds: int, seed: int) -> Moves:
    """Return the moves of the synthetic process; the catalog's prices hold in the first hour."""
    on_demand = {
        (item.instance_type, item.zone): item.price.instance_nano_usd_per_hour
        for item in catalog.offerings
        if item.capacity_type == ON_DEMAND and item.price is not None
    }
    places, bases, caps, extras = [], [], [], []
    for place, price in _movable(catalog).items():
        if price is not None and place in on_demand:
            places.append(place)
            bases.append(price.instance_nano_usd_per_hour)
            caps.append(on_demand[place])
            extras.append(price.nano_usd_per_hour - price.instance_nano_usd_per_hour)
    if not places or not volatility:
        return ()
    base, cap = np.array(bases, dtype=np.float64), np.array(caps, dtype=np.int64)
    extra = np.array(extras, dtype=np.int64)
    keys = np.array([_key(seed, place) for place in places], dtype=np.uint64)
    moves: list[list[tuple[int, int]]] = [[] for _ in places]
    before = np.array(bases, dtype=np.int64)
    kept_share = 0.5 ** (1 / _HALF_LIFE_HOURS)
    shock = volatility * math.sqrt(1 - kept_share**2)
    distance: _Reals = np.zeros(len(places))  # of the logarithm from the catalog's
    for hour in range(1, -(-seconds // _HOUR)):
        distance *= kept_share
        distance += _shocks(keys, hour) * shock
        variance = volatility**2 * (1 - kept_share ** (2 * hour))  # by now
        ticks = np.rint(base * np.exp(distance - variance / 2) / _TICK).astype(np.int64)
        now = np.minimum(np.maximum(ticks, 1) * _TICK, cap)
        changed = np.nonzero(now != before)[0]
        paid = (now + extra)[changed].tolist()
        for number, nano in zip(changed.tolist(), paid, strict=True):
            moves[number].append((start + hour * _HOUR, nano))
        before = now
    return tuple((place, tuple(own)) for place, own in zip(places, moves, strict=True) if own)


def _key(seed: int, place: Place) -> int:
    """Return the key of an offering's shocks, the same in every process."""
    text = "\x00".join((str(seed), "spot price", *place)).encode()
    return zlib.crc32(text) << 32 | zlib.crc32(text[::-1])


def _shocks(keys: _Words, hour: int) -> _Reals:
    """Return a shock for each key: mean 0, variance 1, at most 3.5 either way.

    The sum of four uniform numbers of 16 bits (Irwin-Hall), cut from one mixed word (the finalizer
    of splitmix64). They are whole numbers, so that it is the same on every machine.
    """
    mixed = keys ^ (np.full_like(keys, hour) * np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed = mixed ^ (mixed >> np.uint64(31))
    parts = [mixed >> np.uint64(16 * n) & np.uint64(0xFFFF) for n in range(4)]
    total = np.sum(np.array(parts), axis=0, dtype=np.uint64).astype(np.float64)
    centred = np.multiply(total - 2 * 0xFFFF, math.sqrt(3) / 0x10000)
    return np.asarray(centred, dtype=np.float64)


def _movable(catalog: Catalog) -> dict[Place, Price | None]:
    """Return the spot offerings whose price may move, with the catalog's price."""
    return {
        (item.instance_type, item.zone): item.price
        for item in _sold(catalog)
        if item.price is None or not item.price.override
    }


def _sold(catalog: Catalog) -> Iterator[Offering]:
    return (item for item in catalog.offerings if item.capacity_type == SPOT)


def _shifted(
    wanted: SpotPrices, catalog: Catalog, start: int, seconds: int
) -> tuple[SpotPrices, tuple[str, ...]]:
    """Return a history moved so that its first instant is the start; its last prices stay."""
    history = dict(wanted.moves)
    first = min(own[0][0] for own in history.values())
    last = max(own[-1][0] for own in history.values())
    movable = _movable(catalog)
    moves = []
    for place, price in movable.items():
        if place in history:
            extra = 0 if price is None else sum(nano for _, nano in price.extras)
            moves.append((place, _until(history[place], start - first, start, seconds, extra)))
    notes = [
        f"spot prices of {counted(len(moves), 'offering')} as {wanted.file} has them, its first "
        "instant the start; before an offering's first price that one holds, and its last stays"
    ]
    if last - first < seconds:
        notes.append(f"the history ends after {(last - first) / _HOUR:.1f} hours")
    if unknown := len(movable) - len(moves):
        notes.append(
            f"{counted(unknown, 'spot offering')} {agreeing(unknown, 'is', 'are')} not in it and "
            f"{agreeing(unknown, 'keeps', 'keep')} the catalog's price"
        )
    if foreign := len(history) - len(moves):
        notes.append(
            f"{counted(foreign, 'offering')} of it {agreeing(foreign, 'is', 'are')} not for sale "
            "here: left out"
        )
    if wanted.others:
        notes.append(
            f"{counted(wanted.others, 'entry')} of it {agreeing(wanted.others, 'is', 'are')} not "
            "for Linux/UNIX: left out"
        )
    return replace(wanted, moves=tuple(moves)), tuple(notes)


def _until(
    own: tuple[tuple[int, int], ...], shift: int, start: int, seconds: int, extra: int
) -> tuple[tuple[int, int], ...]:
    """Return the prices of an offering from the start to the end."""
    prices = [(start, own[0][1] + extra)]
    for at, nano in own:
        if at + shift >= start + seconds:
            break
        if nano + extra == prices[-1][1]:
            continue
        if at + shift == prices[-1][0]:
            prices.pop()
        prices.append((at + shift, nano + extra))
    return tuple(prices)


def by_instant(moves: Moves) -> Mapping[int, dict[Place, int]]:
    """Return the same moves by instant, in order."""
    prices: dict[int, dict[Place, int]] = {}
    for place, own in moves:
        for at, nano in own:
            prices.setdefault(at, {})[place] = nano
    return {at: prices[at] for at in sorted(prices)}
