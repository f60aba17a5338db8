"""Counts of pods, as Kubernetes rounds them."""

import pytest

from kubestow.model.workload import scaled


@pytest.mark.parametrize(
    ("count", "total", "up", "expected"),
    [
        (3, 10, True, 3),
        ("50%", 5, True, 3),
        ("50%", 5, False, 2),
        ("25%", 1, True, 1),
        ("25%", 1, False, 0),
        ("100%", 7, True, 7),
        ("0%", 7, True, 0),
    ],
)
def test_a_percentage_is_rounded_as_it_is_asked_to(
    count: int | str, total: int, up: bool, expected: int
) -> None:
    assert scaled(count, total, up=up) == expected
