"""The option for few kinds of nodes."""

import pytest

from kubestow.cli.kinds_options import KindsOptions
from kubestow.model.input_error import InputError


@pytest.mark.parametrize(
    ("kinds", "most", "few"), [("few", None, True), ("ANY", None, False), (" 3 ", 3, False)]
)
def test_kinds_are_a_number_few_or_any(kinds: str, most: int | None, few: bool) -> None:
    wish = KindsOptions(kinds=kinds, kinds_within="5%").wish
    assert (wish.most, wish.few, wish.within) == (most, few, pytest.approx(0.05))


@pytest.mark.parametrize("kinds", ["0", "-1", "x", "", "1.5", "9" * 20])
def test_kinds_that_are_none_are_refused(kinds: str) -> None:
    with pytest.raises(InputError) as error:
        KindsOptions(kinds=kinds).check()
    assert "few or any" in error.value.hint


def test_a_share_for_fewer_kinds_that_is_none_is_refused() -> None:
    with pytest.raises(InputError) as error:
        KindsOptions(kinds_within="lots").check()
    assert "--kinds-within lots" in error.value.message
