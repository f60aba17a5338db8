"""Amounts as vectors: every axis has a number, none too large to add up."""

from kubestow.scheduling.vectors import vector
from kubestow.testing import quantities


def test_amounts_stand_on_their_axes_and_the_others_are_zero() -> None:
    amounts = quantities(cpu="500m", memory="1Gi")
    assert vector(amounts, ("memory", "pods", "cpu")).tolist() == [2**30, 0, 500]


def test_an_amount_beyond_all_nodes_is_cut_so_that_sums_do_not_wrap_around() -> None:
    (huge,) = vector((("cpu", 2**62),), ("cpu",)).tolist()
    assert 2**50 < huge < 2**62 / 500
