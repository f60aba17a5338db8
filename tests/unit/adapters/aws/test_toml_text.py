"""TOML is written as tomllib reads it."""

import tomllib
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubestow.adapters.aws.toml_text import toml_text

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
PLAIN = TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(values)) == values


def test_times_are_read_back() -> None:
    values = {
        "a": datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        "b": date(2025, 1, 2),
        "c": time(3, 4),
    }
    assert tomllib.loads(toml_text(values)) == values


def test_keys_are_sorted_and_tables_come_after_values() -> None:
    values = {"b": {"x.y": ["1"], "in": {"side": {}}}, "a": True, "c": {}}
    assert toml_text(values) == (
        'a = true\n[b]\n"x.y" = ["1"]\n[b.in.side]\n[c]\n'
    )  # fmt: skip


def test_what_toml_has_no_value_for_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        toml_text({"a": None})
