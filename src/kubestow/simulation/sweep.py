"""Sweep: the runs of a grid, the key of each, and their statistics.

Nothing is run or written here but single runs. Seeds pair runs: the same seed gives every policy
the same workload and the same faults, so policies are compared seed by seed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

from kubestow.model.digest import whole_digest
from kubestow.model.simulated import Result
from kubestow.model.sweep import Difference, Estimate, Row, Setting, Summary
from kubestow.simulation.job import Job, run

CONFIDENCE = 0.95
FIGURES: dict[str, Callable[[Result], float]] = {
    "nano_usd": lambda result: result.nano_usd,
    "wait_p99": lambda result: result.wait_p99,
    "pending_pod_seconds": lambda result: result.pending_pod_seconds,
    "evictions": lambda result: result.evictions,
}
_VARIED = frozenset({"policy", "shape", "faults", "step", "seconds", "seed"})


@dataclass(frozen=True, slots=True)
class SettingGrid:
    """The values of each dimension, in the order they were given."""

    policy: tuple[str, ...]
    shape: tuple[str, ...]
    faults: tuple[str, ...]
    step: tuple[int, ...]
    seconds: tuple[int, ...]

    def __len__(self) -> int:
        return math.prod(len(getattr(self, field.name)) for field in fields(self))

    def settings(self) -> Iterator[Setting]:
        """Yield every point; the policies of one point follow each other."""
        others = product(self.seconds, self.step, self.faults, self.shape, self.policy)
        for seconds, step, faults, shape, policy in others:
            yield Setting(policy, shape, faults, step, seconds)


@dataclass(frozen=True, slots=True)
class RunVariant:
    """How a run differs from the job that all runs share; small, so that it is cheap to send."""

    setting: Setting
    seed: int

    def of(self, base: Job) -> Job:
        """Return the job of the run."""
        own = self.setting
        return replace(
            base,
            policy=own.policy,
            shape=own.shape,
            faults=own.faults,
            step=own.step,
            seconds=own.seconds,
            seed=self.seed,
        )


def changes(grid: SettingGrid, seeds: Sequence[int]) -> Iterator[RunVariant]:
    """Yield every run, seed by seed, so that a sweep that is cut short has whole pairs."""
    settings = list(grid.settings())
    for seed in seeds:
        for setting in settings:
            yield RunVariant(setting, seed)


def base_digest(base: Job, version: str) -> str:
    """Return a digest of everything the runs share; ``version`` is that of kubestow."""
    names = sorted(field.name for field in fields(base) if field.name not in _VARIED)
    return whole_digest((version, *(getattr(base, name) for name in names)))


def key_of(shared: str, change: RunVariant) -> str:
    """Return the key of a run: a digest of everything it depends on."""
    return whole_digest((shared, change))


def run_change(base: Job, change: RunVariant) -> Result:
    """Run one run; its curve is dropped, so that the result is small."""
    return replace(run(change.of(base)), curve=())


def summaries(rows: Sequence[Row], grid: SettingGrid) -> list[Summary]:
    """Return the summary of each setting that has runs, the cheapest first."""
    by_setting: dict[Setting, dict[int, Result]] = {}
    for row in rows:
        by_setting.setdefault(row.setting, {})[row.result.seed] = row.result
    summarised = []
    for setting in grid.settings():
        own = by_setting.get(setting)
        if not own:
            continue
        first = by_setting.get(replace(setting, policy=grid.policy[0]), {})
        summarised.append(
            Summary(
                setting,
                len(own),
                {
                    name: estimate([of(own[seed]) for seed in sorted(own)])
                    for name, of in FIGURES.items()
                },
                None if setting.policy == grid.policy[0] else _difference(grid, own, first),
            )
        )
    return sorted(summarised, key=lambda summary: summary.figures["nano_usd"].mean)


def _difference(
    grid: SettingGrid, own: dict[int, Result], first: dict[int, Result]
) -> Difference | None:
    seeds = sorted(own.keys() & first.keys())
    if not seeds:
        return None
    figures = {
        name: estimate([of(own[seed]) - of(first[seed]) for seed in seeds])
        for name, of in FIGURES.items()
    }
    return Difference(grid.policy[0], len(seeds), figures)


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of values and its confidence interval by Student's t."""
    count = len(values)
    mean = math.fsum(values) / count
    if count == 1:
        return Estimate(mean, None)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return Estimate(mean, student_t(CONFIDENCE, count - 1) * math.sqrt(variance / count))


def student_t(confidence: float, freedom: int) -> float:
    """Return the t within which, on both sides, so much of Student's distribution lies."""
    low, high = 0.0, 1.0
    while _within(high, freedom) < confidence:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if _within(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def _within(t: float, freedom: int) -> float:
    """Return how much of the distribution lies between -t and t (Abramowitz, Stegun 26.7.3-4)."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for i in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (i - 1) / i
        total += term
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
