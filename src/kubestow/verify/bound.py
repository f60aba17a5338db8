"""The check of a certificate: does it prove its minimum for this input?

Nothing in the certificate is trusted; it only says where to look. What is computed here is a
lower bound on the cost of any legal fleet that runs the certificate's pods (Farley's bound,
docs/designs/0004-certificate.md), so doubt and rounding always favour the fleet.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kubestow.model import labels as names
from kubestow.model.bound_verdict import BoundVerdict
from kubestow.model.certificate import EBS_VOLUMES_AXIS, EXCLUSIVE_AXIS, Certificate
from kubestow.model.digest import problem_digest
from kubestow.model.nodepool import NodePool
from kubestow.model.resources import CPU, CPU_USE, EPHEMERAL_STORAGE, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation
from kubestow.verify.bound_bins import BoundBins, bins_of, weights_hold
from kubestow.verify.bound_load import (
    Ware,
    fractional_bound,
    how_many,
    likely_best,
    most_valuable,
    priced,
)
from kubestow.verify.bound_places import (
    BoundPlace,
    TooManyLabelsError,
    admission,
    existing_sites,
    new_sites,
)
from kubestow.verify.bound_pods import Roll, call_roll

RUNGS = ("L1", "L2", "L4")
_LARGEST = 2**100


def check_bound(
    snapshot: Snapshot, certificate: Certificate, pools: tuple[NodePool, ...]
) -> BoundVerdict:
    """Return what a certificate proves for a snapshot and its NodePools."""
    claimed = certificate.bound_nano_usd_per_hour
    failures = (*_misfits(snapshot, certificate), *_malformed(certificate))
    if failures:
        return BoundVerdict(claimed, failures)
    roll = call_roll(snapshot, certificate)
    if roll.failures:
        return BoundVerdict(claimed, roll.failures)
    try:
        new = list(new_sites(snapshot, pools, roll))
    except TooManyLabelsError as problem:
        detail = "its requirements leave too many combinations of labels to check"
        return BoundVerdict(claimed, (Violation("NodePool", str(problem), detail),))
    old = list(existing_sites(snapshot.cluster, roll))
    failures = tuple(_unknown_axes(certificate, roll.wares, [*old, *new]))
    if failures:
        return BoundVerdict(claimed, failures)
    admitted = admission(snapshot, pools, roll, [*old, *new]).matrix().T
    theta = Fraction(*certificate.theta)
    bins = bins_of(new, admitted[len(old) :], roll.wares, theta, certificate.bins)
    if weights_hold(snapshot, pools, roll.shares_claims):
        bins.hold_to_heaviest()
    bins.show((*certificate.prices, {}))
    taken, placeable = _taken(certificate, roll.wares, old, admitted[: len(old)])
    return replace(_verdict(certificate, roll, bins, taken, placeable), existing=len(old))


def _misfits(snapshot: Snapshot, certificate: Certificate) -> Iterator[Violation]:
    """Yield a failure if the certificate is for another input."""
    region, digest = snapshot.catalog.region, problem_digest(snapshot)
    if certificate.region != region:
        detail = f"the certificate is for {certificate.region}, the input for {region}"
        yield Violation("Problem", "region", detail)
    elif certificate.problem != digest:
        detail = f"the certificate is for another input: {certificate.problem}, not {digest}"
        yield Violation("Problem", "problem", detail)


def _malformed(certificate: Certificate) -> Iterator[Violation]:
    """Yield numbers that are invalid in a certificate."""
    numerator, denominator = certificate.theta
    if denominator < 1 or numerator < denominator:
        detail = f"{numerator}/{denominator} is not a fraction of at least 1"
        yield Violation("Theta", "theta", detail)
    if certificate.rung not in RUNGS:
        detail = f"{certificate.rung!r} is not one of {', '.join(RUNGS)}"
        yield Violation("Rung", "rung", detail)
    for index, item in enumerate(certificate.values):
        if not 0 <= item.nano_usd_per_hour <= _LARGEST:
            where = f"values[{index}].nanoUsdPerHour"
            yield Violation("Value", where, _out_of_range(item.nano_usd_per_hour))
    for index, prices in enumerate(certificate.prices):
        for name, price in sorted(prices.items()):
            if not 0 <= price <= _LARGEST:
                yield Violation("Price", f"prices[{index}].{name}", _out_of_range(price))
    for index, proof in enumerate(certificate.bins):
        if not 0 <= proof.prices < len(certificate.prices):
            detail = f"there are no prices {proof.prices}"
            yield Violation("Bin", f"bins[{index}].prices", detail)
        if proof.grid is not None and min(proof.grid.cpu, proof.grid.memory) < 1:
            yield Violation("Bin", f"bins[{index}].grid", "a cell must be at least 1")


def _out_of_range(number: int) -> str:
    return f"{number} is negative" if number < 0 else "is larger than any possible price"


def _unknown_axes(
    certificate: Certificate, wares: tuple[Ware, ...], sites: list[BoundPlace]
) -> Iterator[Violation]:
    axes = {CPU, MEMORY, PODS, EPHEMERAL_STORAGE, EBS_VOLUMES_AXIS, CPU_USE}
    axes.update(f"{EXCLUSIVE_AXIS}{index}" for index in range(len(certificate.exclusive)))
    axes.update(name for ware in wares for name, _ in ware.asks)
    for site in sites:
        axes.update(site.free)
    for index, prices in enumerate(certificate.prices):
        for name in sorted(prices.keys() - axes):
            yield Violation("Price", f"prices[{index}].{name}", "is not a resource of the input")


def _taken(
    certificate: Certificate,
    wares: tuple[Ware, ...],
    sites: list[BoundPlace],
    admitted: NDArray[np.bool_],
) -> tuple[int, NDArray[np.bool_]]:
    """Return the most that existing nodes can take, and the wares that fit on one of them.

    Their volume slots are not counted; exclusive lists apply only to nodes with a hostname label.
    """
    total, placeable = 0, np.zeros(len(wares), dtype=bool)
    for named in (True, False):
        rows = [i for i, s in enumerate(sites) if (names.HOSTNAME in s.place.labels) == named]
        but = {EBS_VOLUMES_AXIS, CPU_USE}
        if not named:
            but.update(f"{EXCLUSIVE_AXIS}{index}" for index in range(len(certificate.exclusive)))
        frees = [sites[row].free for row in rows]
        fits = how_many(wares, frees, frozenset(but), exclusive=named)
        fits[~admitted[rows]] = 0
        placeable |= fits.any(axis=0)
        fits = most_valuable(wares, frees, fits, frozenset(but), exclusive=named)
        choice = [priced(prices, wares, frozenset(but)) for prices in (*certificate.prices, {})]
        for free, row, at in zip(
            frees, fits.tolist(), likely_best(frees, fits, choice), strict=True
        ):
            total += fractional_bound(free, row, choice[at])
    return total, placeable


def _verdict(
    certificate: Certificate,
    roll: Roll,
    bins: BoundBins,
    taken: int,
    placeable: NDArray[np.bool_],
) -> BoundVerdict:
    """Add up; an offering that carries more than theta times its price raises theta."""
    failures: list[Violation] = []
    theta: Fraction | None = Fraction(*certificate.theta)
    for item in bins.bins:
        if not item.shown:
            offer, price = item.offer, item.offer.nano_usd_per_hour
            assert item.bound is not None, "offerings without a proof were tried"
            detail = (
                f"in NodePool {offer.pool.name}: carries pods worth up to {item.bound} nano-USD "
                f"an hour, and theta times its price of {price} is {item.target}"
            )
            failures.append(Violation("Offering", offer.describe(), detail))
            theta = max(theta, Fraction(item.bound, price)) if theta and price else None
    placeable = placeable | bins.fits.any(axis=0)
    for index in np.flatnonzero(~placeable).tolist():
        detail = "it fits on no node, so its value proves nothing"
        failures.append(Violation("Pod", roll.pods[index].key, detail))
    worth = sum(ware.value * ware.count for ware in roll.wares) - taken
    proven = max(0, -(-worth * theta.denominator // theta.numerator)) if theta else 0
    if proven < certificate.bound_nano_usd_per_hour:
        detail = f"it proves {proven}, not {certificate.bound_nano_usd_per_hour}"
        failures.append(Violation("Bound", "boundNanoUsdPerHour", detail))
    shown: Counter[str] = Counter()
    for item in bins.bins:
        shown[item.shown] += item.offerings
    return BoundVerdict(
        certificate.bound_nano_usd_per_hour,
        tuple(failures),
        proven if placeable.all() else 0,
        pods=sum(ware.count for ware in roll.wares),
        offerings=sum(item.offerings for item in bins.bins),
        shown=tuple(sorted((how, n) for how, n in shown.items() if how)),
    )
