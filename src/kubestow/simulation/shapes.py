"""Shapes: how many replicas a Deployment wants over time, as a share of its peak.

Nothing is random but by seed; a step of a shape scales a Deployment once.
"""

import math
from collections.abc import Callable, Mapping

from kubestow.simulation.chance import share
from kubestow.simulation.scenario import ServiceLoad

DAY = 86_400
_LOWEST = 0.4  # of the peak, at night
_WEEKEND = 0.5  # of a weekday


def steady(seconds: int) -> float:
    """Return 1 at all times."""
    return 1.0


def diurnal(seconds: int) -> float:
    """Return the course of a day: the peak at 14:00, 40 % of it at 02:00."""
    return _LOWEST + (1 - _LOWEST) * (0.5 - 0.5 * math.cos(2 * math.pi * (seconds / DAY - 1 / 12)))


def weekly(seconds: int) -> float:
    """Return the course of a day, half as high on the sixth and seventh day of each week."""
    return diurnal(seconds) * (_WEEKEND if seconds // DAY % 7 >= 5 else 1.0)


def falling(seconds: int) -> float:
    """Return 1 in the first hour, then a half."""
    return 1.0 if seconds < 3_600 else 0.5


def bursts(seconds: int) -> float:
    """Return a third, but 1 in the first twenty minutes of every third hour."""
    return 1.0 if seconds % 10_800 < 1_200 else 1 / 3


SHAPES: Mapping[str, Callable[[int], float]] = {
    "steady": steady,
    "diurnal": diurnal,
    "weekly": weekly,
    "falling": falling,
    "bursts": bursts,
}
"""The shapes by name; seconds count from midnight of the first day, a Monday."""


def replicas(
    load: ServiceLoad, shape: str, *, start: int, seconds: int, step: int, seed: int
) -> tuple[tuple[int, int], ...]:
    """Return (instant, replicas) of a Deployment that follows a shape from its first replicas down.

    Its day begins up to half an hour earlier or later than that of others, by seed and name.
    """
    peak = load.replicas[0][1]
    shift = round((share(seed, "shift", load.name) - 0.5) * 3_600)
    changes: list[tuple[int, int]] = []
    for at in range(0, seconds, step):
        count = max(1, round(peak * SHAPES[shape](max(at + shift, 0)))) if peak else 0
        if not changes or changes[-1][1] != count:
            changes.append((start + at, count))
    return tuple(changes)
