"""Shapes: the curves at instants worked out by hand, and the replicas they give a Deployment."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.shapes import DAY, SHAPES, replicas
from kubestow.testing import service

HOUR = 3_600


@pytest.mark.parametrize(
    ("shape", "seconds", "share"),
    [
        ("steady", 5 * HOUR, 1.0),
        ("diurnal", 14 * HOUR, 1.0),
        ("diurnal", 2 * HOUR, 0.4),
        ("diurnal", 8 * HOUR, 0.7),
        ("diurnal", 9 * DAY + 14 * HOUR, 1.0),
        ("weekly", 4 * DAY + 14 * HOUR, 1.0),
        ("weekly", 5 * DAY + 14 * HOUR, 0.5),
        ("weekly", 6 * DAY + 2 * HOUR, 0.2),
        ("weekly", 7 * DAY + 14 * HOUR, 1.0),
        ("falling", HOUR - 1, 1.0),
        ("falling", HOUR, 0.5),
        ("bursts", 3 * HOUR + 1_199, 1.0),
        ("bursts", 3 * HOUR + 1_200, 1 / 3),
    ],
)
def test_a_shape_at_an_instant(shape: str, seconds: int, share: float) -> None:
    assert SHAPES[shape](seconds) == pytest.approx(share)


def test_the_first_day_is_a_monday_that_starts_at_midnight() -> None:
    start = datetime.fromtimestamp(MONDAY, UTC)
    assert (start.weekday(), start.hour, start.minute, start.second) == (0, 0, 0, 0)


def changes(shape: str, most: int, name: str = "web", seed: int = 0) -> list[tuple[int, int]]:
    load = service(name, most)
    scaled = replicas(load, shape, start=MONDAY, seconds=DAY, step=900, seed=seed)
    return [(at - MONDAY, count) for at, count in scaled]


def test_a_steady_deployment_is_scaled_once_at_the_start() -> None:
    assert changes("steady", 12) == [(0, 12)]


def test_a_deployment_scaled_to_zero_stays_at_zero() -> None:
    assert changes("diurnal", 0) == [(0, 0)]


def test_one_replica_never_goes_below_one() -> None:
    assert {count for _, count in changes("bursts", 1)} == {1}


def test_only_changes_are_listed_and_none_exceeds_the_maximum() -> None:
    scaled = changes("diurnal", 40)
    counts = [count for _, count in scaled]
    assert all(before != after for before, after in pairwise(counts))
    assert (min(counts), max(counts)) == (16, 40)
    assert scaled[0][0] == 0


def test_the_peak_is_shifted_by_half_an_hour_at_most_by_name_and_seed() -> None:
    names = [f"service-{number}" for number in range(30)]
    peaks = [next(at for at, count in changes("diurnal", 1_000, name) if count == 1_000)
             for name in names]  # fmt: skip
    assert len(set(peaks)) > 2
    assert all(abs(at - 14 * HOUR) <= 1_800 + 2 * 900 for at in peaks)
    assert changes("diurnal", 1_000) == changes("diurnal", 1_000)
    assert changes("diurnal", 1_000) != changes("diurnal", 1_000, seed=1)
