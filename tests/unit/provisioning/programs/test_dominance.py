"""Which rows no earlier row makes useless, against trying all pairs."""

import numpy as np
import pytest

from kubestow.provisioning.programs.dominance import unbeaten


def plainly(figures: np.ndarray, takes: np.ndarray) -> tuple[int, ...]:
    """Return the same by looking at every pair."""
    beaten = [
        any((figures[j] >= figures[i]).all() and not (takes[i] & ~takes[j]).any() for j in range(i))
        for i in range(len(figures))
    ]
    return tuple(i for i, is_beaten in enumerate(beaten) if not is_beaten)


@pytest.mark.parametrize(("rows", "seed"), [(1, 0), (30, 1), (255, 2), (256, 3), (600, 4)])
def test_a_row_is_kept_if_no_earlier_one_has_and_takes_as_much(rows: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    figures = dice.integers(0, 6, (rows, 3))
    takes = dice.integers(0, 4, (rows, 2), dtype=np.uint8)
    assert unbeaten(figures.tobytes(), takes.tobytes(), rows) == plainly(figures, takes)


def test_of_equal_rows_the_first_is_kept() -> None:
    figures, takes = np.ones((3, 2), dtype=np.int64), np.ones((3, 1), dtype=np.uint8)
    assert unbeaten(figures.tobytes(), takes.tobytes(), 3) == (0,)
