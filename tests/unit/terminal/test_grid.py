"""Rows, columns and paragraphs of some width."""

from kubestow.terminal.grid import Grid, GridColumn, pair_lines, shortened, wrapped
from kubestow.terminal.row_list import Line


def text(line: Line) -> str:
    """Return a line as it reads."""
    return "".join(part for part, _ in line.parts).rstrip()


def grid() -> Grid:
    """Return a grid of two rows."""
    return Grid(
        (
            GridColumn("NAME", [("a-long-name-of-a-pod-of-a-workload", ""), ("b", "")]),
            GridColumn("AGE", [("9d", ""), ("12m", "")], right=True, drop=1),
            GridColumn("CPU", [("0.5", ""), ("12", "")], right=True),
        ),
        ["a", "b"],
    )


def test_columns_are_aligned() -> None:
    header, rows = grid().lines(80)
    assert text(header) == f"NAME{' ' * 32}AGE  CPU"
    assert text(rows[1]) == f"b{' ' * 35}12m   12"
    assert [row.key for row in rows] == ["a", "b"]


def test_columns_that_do_not_fit_are_left_out_and_names_lose_their_middle() -> None:
    header, rows = grid().lines(30)
    assert text(header).split() == ["NAME", "CPU"]
    assert text(rows[0]) == "a-long-name-…f-a-workload  0.5"


def test_a_text_is_shortened_in_its_middle() -> None:
    assert shortened("abcdefgh", 5) == "ab…gh"
    assert shortened("abc", 3) == "abc"
    assert shortened("abc", 1) == "…"
    assert shortened("abc", 0) == ""


def test_lines_break_between_words() -> None:
    assert wrapped("one two-three four-five six", 20) == ["one two-three", "four-five six"]


def test_pairs_wrap_below_their_text() -> None:
    lines = [text(line) for line in pair_lines({"key": "one two three four five six seven"}, 30)]
    assert lines == ["  key  one two three four five", "       six seven"]
