"""Sweep: many runs over settings and seeds, and their aggregated results.

Money is integer nano-USD, time whole seconds; means are floats, for output.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubestow.model.simulated import Result
from kubestow.model.spot_prices import STANDING, SpotPrices


@dataclass(frozen=True, slots=True)
class Setting:
    """A point of the grid: the settings of a run, beside its workload and its seed."""

    policy: str
    shape: str
    faults: str
    step: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """A finished run. ``key`` is a digest of everything it depends on; the result has no curve."""

    key: str
    workload: str
    region: str
    setting: Setting
    result: Result


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and half the width of its confidence interval; None for a single run."""

    mean: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference from another policy, on the seeds that both have run."""

    policy: str
    pairs: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Summary:
    """The results of all runs of a setting, by figure."""

    setting: Setting
    runs: int
    figures: Mapping[str, Estimate]
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The outcome of a call: its value, or the error of the call or its workers.

    ``is_worker_lost`` marks a call during which several workers died.
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
    """What was swept; ``known`` runs were in the directory before."""

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
