import numpy as np
import pytest

from kubestow.scheduling import contents
from kubestow.scheduling.contents import Contents


def test_equal_contents_have_one_number() -> None:
    found = Contents()
    assert found.number(b"a") != found.number(b"b")
    assert found.number(b"a") == found.number(b"a")


def test_what_is_forgotten_is_forgotten_with_all_that_was_computed_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contents, "_REMEMBERED", 2)
    found = Contents()
    first, second = found.number(b"a"), found.number(b"b")
    computed = found.computed("score")
    computed[first] = computed[second] = np.zeros(1)
    found.parts("cpu")[4] = np.ones(1)
    third = found.number(b"c")
    assert computed == {}
    assert list(found.parts("cpu")) == [4], "a part is shared by contents to come"
    assert len({first, second, third, found.number(b"a")}) == 4, "no number is given twice"


def test_equal_values_have_one_place_and_kinds_are_known_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contents, "_REMEMBERED", 1)
    found = Contents()
    assert found.place(("a", 1)) == found.place(("a", 1)) != found.place(("a", 2))
    found.of_kinds("terms")[3] = "none"
    found.number(b"a")
    found.number(b"b")
    assert found.of_kinds("terms") == {3: "none"}
