"""What a terminal would obey is written out; everything else stays as it is."""

import pytest

from kubestow.model.visible import visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web \u00e9 \u2500 \U0001f600", "web \u00e9 \u2500 \U0001f600"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("\x07\x7f\0", r"\x07\x7f\x00"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\u2028b", r"a\u2028b"),
        ("\udcff.yaml", r"\xff.yaml"),
        ("\ud800", r"\ud800"),
        ("a\rb", r"a\rb"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == visible_line(text) == shown


def test_lines_and_tabs_stay_where_there_may_be_lines() -> None:
    assert visible("a\n\tb") == "a\n\tb"
    assert visible_line("a\n\tb") == r"a\n\tb"


def test_a_line_of_great_length_loses_its_middle() -> None:
    shown = visible_line("a" * 10_000 + "b")
    assert len(shown) < 5_000
    assert "[6001 more characters]" in shown
    assert shown.endswith("b")
