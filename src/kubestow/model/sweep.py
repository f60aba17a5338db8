"""Sweep: many runs over settings and seeds, and what they come to on the whole.

Law: values only; money is integer nano-USD, time whole seconds; means are floats, to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubestow.model.simulated import Result
from kubestow.model.spot_prices import STANDING, SpotPrices


@dataclass(frozen=True, slots=True)
class Setting:
    """A point of the grid: what a run is made with, beside its workload and its seed."""

    policy: str
    shape: str
    faults: str
    step: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """A finished run. ``key`` is a digest of all it depends on; the result is without its curve."""

    key: str
    workload: str
    region: str
    setting: Setting
    result: Result


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and half the width of its interval of confidence; None where one run has none."""

    mean: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a setting differs from that of another policy on the seeds that both have run."""

    policy: str
    pairs: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Summary:
    """What all runs of a setting came to, by figure."""

    setting: Setting
    runs: int
    figures: Mapping[str, Estimate]
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a call came to: its value, or the error that it or its workers ended with.

    ``is_worker_lost`` marks a call that several workers died of.
    """

    key: str
    value: Any = None
    error: BaseException | None = None
    is_worker_lost: bool = False


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that ended with an error."""

    setting: Setting
    seed: int
    error: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What was swept; ``known`` runs were in the folder before."""

    workload: str
    region: str
    seeds: tuple[int, ...]
    asked: int
    done: int
    known: int
    confidence: float
    file: str
    failures: tuple[FailedRun, ...] = ()
    is_interrupted: bool = False
    spot_prices: SpotPrices = STANDING
