from dataclasses import fields
from fractions import Fraction

import pytest

from kubestow.model.wishes import Wishes


def test_a_user_who_wishes_nothing_asks_for_a_price_alone() -> None:
    wishes = Wishes()
    assert not any(getattr(wishes, field.name) for field in fields(wishes))


def test_a_wish_is_named_so_that_two_shares_are_never_swapped() -> None:
    with pytest.raises(TypeError):
        Wishes(Fraction(1, 2))  # type: ignore[misc] # what must fail
