"""The table of nodes on screens of any width."""

from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from kubestow.terminal.node_table import node_lines
from kubestow.terminal.row_list import Line
from kubestow.views.cluster_view import NodeRowView
from kubestow.views.node_arrangement import Arrangement, arranged

from .clusters import sight_of


def rows_of(width: int, by: Any = "pool", *, used: bool = False, **fields: Any) -> list[str]:
    """Return the header and the rows of three nodes, as they read."""
    view = sight_of().view
    nodes = [msgspec.structs.replace(node, **fields) for node in view.nodes]
    if used:
        nodes = list(map(_used, nodes))
    groups = arranged(nodes, Arrangement(by))
    header, lines = node_lines(groups, view.at, width, grouped=by != "none")
    return [_text(line) for line in (header, *lines)]


def _used(node: NodeRowView) -> NodeRowView:
    """Return a node that uses a tenth of its cpu and all of its memory."""
    cpu = msgspec.structs.replace(node.cpu, used=node.cpu.allocatable // 10)
    memory = msgspec.structs.replace(node.memory, used=node.memory.allocatable)
    return msgspec.structs.replace(node, cpu=cpu, memory=memory)


def _text(line: Line) -> str:
    return "".join(part for part, _ in line.parts).rstrip()


@pytest.mark.parametrize("width", range(50, 220, 7))
@pytest.mark.parametrize("by", ["pool", "zone", "type", "none"])
@pytest.mark.parametrize("used", [False, True])
def test_every_row_fits(width: int, by: str, used: bool) -> None:
    for row in rows_of(width, by, used=used, name="ip-10-0-105-17.eu-west-1.compute.internal"):
        assert cell_len(row) <= width


def test_columns_are_below_their_headers() -> None:
    header, *rows = rows_of(120)
    for row in rows:
        assert row[header.index("CPU REQUESTED")] in "▮."
    at = header.index("STATUS")
    assert [row[at:] for row in rows if row[at:]] == ["Ready", "Ready,SchedulingDisabled".replace(
        ",", ", "), "Ready"]  # fmt: skip


def test_a_wide_screen_has_everything() -> None:
    header, *_ = rows_of(200, used=True)
    names = "NODE TYPE ZONE CAPACITY USD/H CPU REQUESTED USED MEMORY REQUESTED USED PODS AGE STATUS"
    assert " ".join(header.split()) == names


def test_a_narrow_screen_says_spot_and_cordoned_beside_what_it_keeps() -> None:
    text = "\n".join(rows_of(66))
    assert "CAPACITY" not in text
    assert "m5.xlarge spot" in text
    assert "cordoned" in text


def test_groups_have_sums() -> None:
    general = next(row for row in rows_of(120) if row.startswith("NodePool general"))
    assert "NodePool general: 2 nodes" in general
    assert " 0.4720 " in general
    assert general.endswith(" 4")


def test_usage_is_shown_where_it_is_known() -> None:
    text = "\n".join(rows_of(120, used=True))
    assert " 10 %" in text
    assert "100 %" in text
    assert "USED" not in "\n".join(rows_of(120))
