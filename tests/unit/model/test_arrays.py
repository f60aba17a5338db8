import numpy as np

from kubestow.model.arrays import UNLIMITED, Integers


def test_no_limit_can_be_added_up_over_a_whole_fleet_without_overflow() -> None:
    limits: Integers = np.full(100_000, UNLIMITED, dtype=np.int64)
    assert int(limits.sum()) == 100_000 * UNLIMITED
