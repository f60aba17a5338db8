"""YAML that every reader takes for the same text."""

import pytest
import yaml

from kubestow.report.yaml_text import yaml_text


@pytest.mark.parametrize(
    "value",
    ["1e3", "0o17", "12", "1.5", "on", "No", "null", "~", "", "2025-01-01", "1:20", "a: b", "x y"],
)
def test_text_that_could_be_something_else_is_in_quotes(value: str) -> None:
    text = yaml_text((), [{"key": value}])
    assert text == f'---\nkey: "{value}"\n'
    assert yaml.safe_load(text) == {"key": value}


def test_names_numbers_and_booleans_are_plain() -> None:
    document = {"name": "m5.large", "count": 3, "spot": True, "zones": ["zone-a"]}
    text = yaml_text(["what it is", ""], [document])
    assert text == (
        "# what it is\n#\n---\nname: m5.large\ncount: 3\nspot: true\nzones:\n  - zone-a\n"
    )
    assert yaml.safe_load(text) == document


def test_a_value_that_occurs_twice_is_written_twice() -> None:
    shared = [{"a": "b"}]
    assert "&" not in yaml_text((), [{"x": shared, "y": shared}])
