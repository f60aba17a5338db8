"""Percentages and counted nouns."""

import pytest

from kubestow.model.counted import counted
from kubestow.report.numbers_text import percent_text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.53214, "53.2 %"),
        (0.05, "5.0 %"),
        (0.01, "1.0 %"),
        (12.345, "1234.5 %"),
        (-0.0312, "-3.1 %"),
        (0.0004, "0.04 %"),
        (0.005, "0.5 %"),
        (0.001234, "0.12 %"),
        (0.000001, "0.0001 %"),
        (0.0, "0 %"),
    ],
)
def test_a_percentage_has_the_digits_that_matter(share: float, text: str) -> None:
    assert percent_text(share) == text


def test_a_noun_takes_the_plural_unless_it_is_one() -> None:
    assert [counted(n, "node") for n in (0, 1, 2, 1500)] == [
        "0 nodes",
        "1 node",
        "2 nodes",
        "1,500 nodes",
    ]
