"""What the keys do, and what the table shows."""

from typing import ClassVar

from kubestow.live.lookout import Sight
from kubestow.terminal.grid import TITLE, pair_lines, paragraph, section
from kubestow.terminal.row_list import Line, plain
from kubestow.terminal.watching_screen import Keys, WatchingScreen

_MOVES = (
    ("arrows, j, k", "select the next node or pod, or scroll"),
    ("space, page up, page down", "move by a screen"),
    ("home, end, G", "go to the first or the last line"),
    ("enter", "open the selected node or pod"),
    ("esc", "go back; on the nodes, clear the filter"),
)
_SCREENS = (
    ("n", "nodes"),
    ("p", "Pending pods and why they wait"),
    ("a", "advice: what the cluster could cost and what to do first"),
    ("e", "on a pod: explain, with the cheapest changes that let it run"),
    ("?", "this help"),
    ("q, Ctrl-C", "quit"),
)
_NODES = (
    ("s", "sort by the next of price, cpu, memory, pods, age, name"),
    ("r", "reverse the order"),
    ("g", "group by the next of pool, zone, type, none"),
    ("/", "filter by part of a name, type, zone, status or pod; enter keeps it"),
)
_TABLE = (
    "Bars show what pods request of what is allocatable; they are yellow below 50 %.",
    "USED is what metrics-server reports, and is absent where there is none.",
    "PODS is the number of pods and the most that the node takes.",
    "Columns that do not fit the width are left out, the least important first.",
)


class HelpScreen(WatchingScreen):
    """The help."""

    KEYS: ClassVar[Keys] = (("esc", "back"), ("q", "quit"))

    def show_waiting(self) -> None:
        """Show it before anything is seen, too."""
        self._show()

    def show_sight(self, sight: Sight) -> None:
        """Show it."""
        self._show()

    def _show(self) -> None:
        self.set_head([plain("kubestow top: keys", TITLE)])
        lines: list[Line] = []
        for title, pairs in (("Move", _MOVES), ("Screens", _SCREENS), ("Nodes", _NODES)):
            lines += [*section(title), *pair_lines(pairs, self.width)]
        lines += section("The table")
        for text in _TABLE:
            lines += paragraph(text, self.width)
        self.rows.show(lines)
