"""The first screen: what the cluster costs, its nodes in groups, and the pods that wait."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from kubestow.live.lookout import Sight
from kubestow.report.cluster_text import no_nodes_text, pending_by_message
from kubestow.terminal.cluster_head import head_lines, pending_summary
from kubestow.terminal.node_screen import NodeScreen
from kubestow.terminal.node_table import node_lines
from kubestow.terminal.row_list import Line, RowList, plain
from kubestow.terminal.watching_screen import KeyLine, Keys, WatchingScreen, as_text
from kubestow.views.node_arrangement import GROUPINGS, ORDERS, arranged

_PENDING_MOST = 3  # reasons that are shown below the nodes
_PENDING_SHARE = 4  # of the height
_LOW = 14  # a screen that has no lines for them


class NodesScreen(WatchingScreen):
    """All nodes."""

    DEFAULT_CSS = """
    NodesScreen #waiting { height: auto; width: 1fr; }
    NodesScreen RowList { scrollbar-size-vertical: 0; }
    NodesScreen #asking { height: 1; width: 1fr; }
    NodesScreen #asking Static { width: auto; }
    NodesScreen Input { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "sort"),
        Binding("g", "group", "group"),
        Binding("r", "reverse", "reverse"),
        Binding("slash", "filter", "filter"),
        Binding("escape", "clear", "clear the filter"),
    ]
    KEYS: ClassVar[Keys] = (
        ("enter", "open"), ("p", "Pending"), ("a", "advice"), ("s", "sort"), ("g", "group"),
        ("/", "filter"), ("r", "reverse"), ("?", "help"), ("q", "quit"),
    )  # fmt: skip

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static(classes="head", markup=False)
        yield RowList()
        yield Static(id="waiting", markup=False)
        with Horizontal(id="asking") as asking:
            yield Static("filter: ", markup=False)
            yield Input(placeholder="part of a name, type, zone, status or pod", compact=True)
        asking.display = False
        yield KeyLine(self.KEYS)

    def show_waiting(self) -> None:
        """Say that nothing has been seen yet."""
        self.rows.show([plain(f"reading {self.state.watched.name} ...")])

    def show_sight(self, sight: Sight) -> None:
        """Show the nodes of a sight."""
        view, how, width = self.state.view_of(sight), self.state.arrangement, self.app.size.width
        groups = arranged(view.nodes, how)
        header, lines = node_lines(
            groups, view.at, width, grouped=how.group_by != "none", ascii_only=self.state.ascii_only
        )
        self.set_head([*head_lines(self.state, sight, view, width), Line()])
        pending = list(pending_summary(pending_by_message(view), width, self._pending_most()))
        waiting = self.query_one("#waiting", Static)
        waiting.display = bool(pending)
        waiting.update(as_text(pending))
        if lines:
            self.rows.show(lines, header)
        else:
            self.rows.show([plain(no_nodes_text(view, how))])

    def _pending_most(self) -> int:
        """Return how many lines there are for pods that wait."""
        height = self.app.size.height
        return 0 if height < _LOW else min(2 * _PENDING_MOST, height // _PENDING_SHARE)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Open a node."""
        self.app.push_screen(NodeScreen(self.state, event.key))

    def action_sort(self) -> None:
        """Sort by the next column."""
        how = self.state.arrangement
        following = ORDERS[(ORDERS.index(how.sort) + 1) % len(ORDERS)]
        self.state.arrangement = replace(how, sort=following)
        self.show_again()

    def action_group(self) -> None:
        """Group by the next property."""
        how = self.state.arrangement
        following = GROUPINGS[(GROUPINGS.index(how.group_by) + 1) % len(GROUPINGS)]
        self.state.arrangement = replace(how, group_by=following)
        self.show_again()

    def action_reverse(self) -> None:
        """Turn the order of the nodes round."""
        how = self.state.arrangement
        self.state.arrangement = replace(how, reverse=not how.reverse)
        self.show_again()

    def action_filter(self) -> None:
        """Ask for the text of a filter."""
        entry = self.query_one(Input)
        self.query_one("#asking").display = True
        entry.value = self.state.arrangement.text
        self.set_focus(entry)  # at once: what is typed next is for the filter

    def action_clear(self) -> None:
        """Show all nodes."""
        self._close_filter("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        if self.query_one("#asking").display:
            self._set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter, and go back to the nodes."""
        self._close_filter(event.value)

    def _close_filter(self, text: str) -> None:
        self.query_one("#asking").display = False
        self._set_filter(text)
        self.set_focus(self.rows)

    def _set_filter(self, text: str) -> None:
        self.state.arrangement = replace(self.state.arrangement, text=text.strip())
        self.show_again()
