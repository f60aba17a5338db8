"""docs/reference/karpenter.md says nothing without a test, and names no test that is not there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reference" / "karpenter.md"
_RESULTS = ("same", "otherwise", "not", "not yet")
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
_WITHOUT = "not: "


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the cells of every row of a table but its head."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in cells if row[0] != "Karpenter"]


@cache
def names_of(path: Path) -> frozenset[str]:
    """Return the names of the tests of a file; none where there is no file."""
    if not path.is_file():
        return frozenset()
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


def problem(row: tuple[str, ...]) -> str:
    """Return what is wrong with a row; empty where nothing is."""
    if len(row) != 4 or not all(row):
        return "it has not four cells"
    _, _, result, shown = row
    if result not in _RESULTS:
        return f"{result!r} is no result"
    if shown.startswith(_WITHOUT):
        is_missing = result in ("not", "not yet")
        return "" if is_missing else "what is done is shown by a test"
    named = _TEST.fullmatch(shown)
    if named is None:
        return f"{shown} names no test"
    path, name = named.groups()
    return "" if name in names_of(TESTS / path) else f"there is no test {shown}"


ROWS = rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_is_shown_by_a_test_that_exists_or_says_what_is_missing(
    row: tuple[str, ...],
) -> None:
    assert problem(row) == ""


def test_every_row_is_read_and_a_wrong_one_is_found() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(ROWS) == sum(line.startswith("|") for line in text.splitlines()) - 2 * text.count(
        "| Karpenter |"
    )
    shown = "`test_karpenter_page.py::test_every_row_is_read_and_a_wrong_one_is_found`"
    assert problem(("a", "b", "same", shown)) == ""
    assert problem(("a", "b", "same", shown.replace("read", "red"))) != ""
    assert problem(("a", "b", "same", "`nowhere.py::test_a`")) != ""
    assert problem(("a", "b", "same", "not: it is so")) != ""
    assert problem(("a", "b", "not", "not: it is so")) == ""
    assert problem(("a", "b", "perhaps", shown)) != ""
    assert problem(("a", "b", "same")) != ""
