"""Part: a mapping with its path."""

from collections.abc import Callable
from typing import Any

import pytest

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.part import Part

PART = Part({"a": {"b": [{"n": 1}, 2]}, "t": "x", "n": 3, "f": 1.5, "y": True, "z": None}, "spec")


def test_what_is_missing_is_empty_or_the_default() -> None:
    assert PART.part("none", "below").value == {}
    assert list(PART.parts("z")) == []
    assert (PART.text("z", "d"), PART.integer("z", 7), PART.flag("z")) == ("d", 7, False)
    assert PART.texts("z") == {}
    assert not PART.has("z")


def test_what_is_there_is_returned() -> None:
    assert (PART.text("t"), PART.integer("n", 0), PART.flag("y")) == ("x", 3, True)
    assert (PART.quantity("n"), PART.quantity("f"), PART.quantity("t")) == ("3", "1.5", "x")
    assert PART.part("a").path == "spec.a"


@pytest.mark.parametrize(
    ("read", "field", "message"),
    [
        (lambda p: p.integer("t", 0), "spec.t", "expected a whole number, got text"),
        (lambda p: p.integer("y", 0), "spec.y", "expected a whole number, got true or false"),
        (lambda p: p.integer("f", 0), "spec.f", "expected a whole number, got a number"),
        (lambda p: p.text("n"), "spec.n", "expected text, got a whole number"),
        (lambda p: p.flag("n"), "spec.n", "expected true or false, got a whole number"),
        (lambda p: p.part("t"), "spec.t", "expected a mapping, got text"),
        (lambda p: p.part("a", "b"), "spec.a.b", "expected a mapping, got a list"),
        (lambda p: list(p.parts("a")), "spec.a", "expected a list, got a mapping"),
        (lambda p: list(p.part("a").parts("b")), "spec.a.b[1]", "expected a mapping"),
        (lambda p: dict(p.entries()), "spec.t", "expected a mapping"),
        (lambda p: p.quantity("y"), "spec.y", "expected text"),
    ],
)
def test_anything_else_is_a_mistake_with_its_path(
    read: Callable[[Part], Any], field: str, message: str
) -> None:
    with pytest.raises(FieldError) as raised:
        read(PART)
    assert raised.value.field == field
    assert message in raised.value.message
    assert raised.value.hint
