"""A fleet's proof as a certificate: values by pod, prices of resources, and how each bin is shown.

It states what the prover believes; kubestow.verify.bound works all of it out again.

Whole numbers are rounded so that the proof becomes weaker, never wrong.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kubestow.model.arrays import UNLIMITED, Floats
from kubestow.model.certificate import (
    EBS_VOLUMES_AXIS,
    EXCLUSIVE_AXIS,
    PRICE_SHIFT,
    BinProof,
    Certificate,
    CertificateGrid,
    PodValue,
)
from kubestow.model.digest import problem_digest
from kubestow.model.plan import Plan
from kubestow.model.resources import EBS_VOLUMES
from kubestow.provisioning.proof.prover import Prover
from kubestow.provisioning.provision import Fleet

_WEAKER = Fraction(1, 10**6)  # of theta: more than all rounding upwards can add
_PARTS = 10**12


def certify(fleet: Fleet, plan: Plan) -> Certificate:
    """Return the certificate of a plan's lower bound, for the pods that it plans."""
    prover, prepared = fleet.prover, fleet.prepared
    keys = [pod.key for pod in prepared.snapshot.cluster.pods]
    planned = {pod for node in plan.nodes for pod in node.pods}
    pods = {
        c.index: tuple(keys[p] for p in c.pending if keys[p] in planned)
        for c in prepared.pod_classes
    }
    theta = Fraction(math.ceil(prover.proof.theta * _PARTS), _PARTS) * (1 + _WEAKER)
    values = tuple(
        PodValue(int(value), pods[index])
        for index, value in sorted(prover.values.items())
        if int(value) > 0 and pods.get(index)
    )
    worth = sum(value.nano_usd_per_hour * len(value.pods) for value in values)
    absorbed = prover.absorbed()
    bound = max(0, math.floor((worth - Fraction(absorbed)) / theta)) if values else 0
    exclusive = tuple(tuple(p for i in group for p in pods.get(i, ())) for group in _groups(prover))
    distinct, index_of = _distinct(prover.proof.weights, prover.proof.prices)
    return Certificate(
        prepared.snapshot.catalog.region,
        problem_digest(prepared.snapshot),
        prover.proof.rung,
        bound,
        (theta.numerator, theta.denominator),
        values,
        exclusive,
        tuple(_prices(prover, row) for row in distinct),
        tuple(_bins(prover, index_of)),
    )


def _groups(prover: Prover) -> list[list[int]]:
    """Return the classes of each group of pods that exclude each other, as the axes are first."""
    groups = [[prover.classes[item] for item in members] for members in prover.groups]
    grouped = {index for group in groups for index in group}
    for index, limit in zip(prover.classes, prover.limits.tolist(), strict=True):
        if limit < UNLIMITED and index not in grouped:
            groups.append([index])
    return groups


def _distinct(weights: Floats, more: Floats) -> tuple[Floats, list[int]]:
    """Return all distinct weights, and for each bin the position of its own."""
    rows, inverse = np.unique(np.vstack([weights, more]), axis=0, return_inverse=True)
    return rows, np.ravel(inverse)[: len(weights)].tolist()


def _prices(prover: Prover, row: Floats) -> dict[str, int]:
    """Return resource prices as whole numbers; a price may be anything from zero up."""
    axes = [EBS_VOLUMES_AXIS if axis == EBS_VOLUMES else axis for axis in prover.problem.axes]
    names = [*axes, *(f"{EXCLUSIVE_AXIS}{i}" for i in range(len(prover.groups)))]
    scaled = [int(weight * 2.0**PRICE_SHIFT) for weight in row.tolist()]
    return {name: price for name, price in zip(names, scaled, strict=True) if price}


def _bins(prover: Prover, index_of: list[int]) -> Iterator[BinProof]:
    candidates = prover.prepared.candidates
    bins = [b for b in prover.problem.bins if not b.exists]
    seen: set[tuple[str, str, str, int]] = set()
    for b, prices, grid in zip(bins, index_of, prover.proof.grids, strict=True):
        candidate = candidates[b.candidates[0]]
        key = (candidate.nodepool, candidate.instance_type, candidate.capacity_type, prices)
        if key not in seen:
            seen.add(key)
            cells = None
            if grid is not None:
                cells = CertificateGrid(
                    grid.units[0], grid.units[1], count_pods=bool(grid.units[2])
                )
            yield BinProof(*key, cells)
