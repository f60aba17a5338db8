"""Replicas follow a shape in steps, between one and the peak."""

from itertools import pairwise

import pytest

from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.shapes import DAY, SHAPES, replicas
from kubestow.testing import service

HOUR = 3_600


@pytest.mark.parametrize(
    ("shape", "seconds", "share"),
    [
        ("steady", 0, 1.0),
        ("steady", 5 * DAY, 1.0),
        ("diurnal", 14 * HOUR, 1.0),
        ("diurnal", 2 * HOUR, 0.4),
        ("diurnal", 8 * HOUR, 0.7),
        ("weekly", 4 * DAY + 14 * HOUR, 1.0),
        ("weekly", 5 * DAY + 14 * HOUR, 0.5),
        ("weekly", 6 * DAY + 2 * HOUR, 0.2),
        ("weekly", 7 * DAY + 14 * HOUR, 1.0),
        ("falling", HOUR - 1, 1.0),
        ("falling", HOUR, 0.5),
        ("bursts", 1_199, 1.0),
        ("bursts", 1_200, 1 / 3),
        ("bursts", 3 * HOUR, 1.0),
    ],
)
def test_a_shape_is_a_share_of_the_peak_at_each_time(
    shape: str, seconds: int, share: float
) -> None:
    assert SHAPES[shape](seconds) == pytest.approx(share)


def counts(
    shape: str, most: int, *, name: str = "web", hours: int = 24, seed: int = 0
) -> tuple[tuple[int, int], ...]:
    load = service(name, most)
    return replicas(load, shape, start=MONDAY, seconds=hours * HOUR, step=900, seed=seed)


def test_a_steady_deployment_is_scaled_once() -> None:
    assert counts("steady", 7) == ((MONDAY, 7),)


def test_a_deployment_is_scaled_only_in_steps_and_only_when_its_replicas_change() -> None:
    day = counts("diurnal", 40)
    assert day[0][0] == MONDAY
    assert all((at - MONDAY) % 900 == 0 for at, _ in day)
    assert all(before != after for (_, before), (_, after) in pairwise(day))
    assert max(count for _, count in day) == 40
    assert min(count for _, count in day) == 16


def test_a_deployment_keeps_one_replica_unless_it_has_none_at_its_peak() -> None:
    assert {count for _, count in counts("bursts", 1)} == {1}
    assert counts("bursts", 0) == ((MONDAY, 0),)


def test_days_begin_within_half_an_hour_by_seed_and_name() -> None:
    starts = {
        name: counts("falling", 10, name=name, hours=3, seed=1)[1][0] - MONDAY
        for name in ("a", "b", "c", "d", "e", "f", "g", "h")
    }
    assert len(set(starts.values())) > 1
    assert all(HOUR - 1_800 <= at <= HOUR + 1_800 + 900 for at in starts.values())
    assert counts("falling", 10, name="a", seed=1) == counts("falling", 10, name="a", seed=1)
    others = {counts("falling", 10, name="a", hours=3, seed=seed)[1][0] for seed in range(8)}
    assert len(others) > 1
