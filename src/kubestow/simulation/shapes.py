"""Shapes: how many replicas a Deployment wants as days pass, as a share of its most.

Law: no dice but the seed; a step of a shape is one scaling of a Deployment.
"""

import math
from collections.abc import Callable, Mapping

from kubestow.simulation.chance import share
from kubestow.simulation.scenario import ServiceLoad

DAY = 86_400
_LOWEST = 0.4  # of the peak, at night
_WEEKEND = 0.5  # of a weekday


def steady(seconds: int) -> float:
    """Return one, always."""
    return 1.0


def diurnal(seconds: int) -> float:
    """Return a day's course: the peak at 14:00, the least at 02:00, 40 % of it."""
    return _LOWEST + (1 - _LOWEST) * (0.5 - 0.5 * math.cos(2 * math.pi * (seconds / DAY - 1 / 12)))


def weekly(seconds: int) -> float:
    """Return the day's course, half as high on the sixth and seventh day of each week."""
    return diurnal(seconds) * (_WEEKEND if seconds // DAY % 7 >= 5 else 1.0)


def falling(seconds: int) -> float:
    """Return one in the first hour, then half."""
    return 1.0 if seconds < 3_600 else 0.5


def bursts(seconds: int) -> float:
    """Return a third, and one in the first twenty minutes of every third hour."""
    return 1.0 if seconds % 10_800 < 1_200 else 1 / 3


SHAPES: Mapping[str, Callable[[int], float]] = {
    "steady": steady,
    "diurnal": diurnal,
    "weekly": weekly,
    "falling": falling,
    "bursts": bursts,
}
"""Each shape by its name; seconds count from midnight of the first day, a Monday."""


def replicas(
    load: ServiceLoad, shape: str, *, start: int, seconds: int, step: int, seed: int
) -> tuple[tuple[int, int], ...]:
    """Return when a Deployment with so many replicas at most wants how many.

    Its day begins up to half an hour earlier or later than the others', by seed and name.
    """
    most = load.replicas[0][1]
    shift = 0 if shape == "steady" else round((share(seed, "shift", load.name) - 0.5) * 3_600)
    found: list[tuple[int, int]] = []
    for at in range(0, seconds, step):
        count = max(1, round(most * SHAPES[shape](max(at + shift, 0)))) if most else 0
        if not found or found[-1][1] != count:
            found.append((start + at, count))
    return tuple(found)
