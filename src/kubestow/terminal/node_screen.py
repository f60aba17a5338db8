"""A node's page: what the EKS console shows of a node, and what it costs."""

from typing import ClassVar

from kubestow.live.lookout import Sight
from kubestow.terminal.grid import BAD
from kubestow.terminal.node_lines import head_of, page_lines
from kubestow.terminal.pod_screen import PodScreen
from kubestow.terminal.row_list import RowList, plain
from kubestow.terminal.top_state import TopState
from kubestow.terminal.watching_screen import Keys, WatchingScreen
from kubestow.views.node_page_view import node_page_view


class NodeScreen(WatchingScreen):
    """One node."""

    KEYS: ClassVar[Keys] = (
        ("enter", "open pod"), ("space", "page down"), ("n", "nodes"), ("p", "Pending"),
        ("esc", "back"), ("?", "help"), ("q", "quit"),
    )  # fmt: skip

    def __init__(self, state: TopState, name: str) -> None:
        super().__init__(state)
        self.node_name = name

    def show_sight(self, sight: Sight) -> None:
        """Show the node as it was seen."""
        page = node_page_view(sight.observed, sight.survey, self.node_name)
        if page is None:
            self.set_head([plain(f"{self.node_name} is gone", BAD)])
            return
        self.set_head(head_of(page, self.state.hours_per_month, self.width))
        self.rows.show(page_lines(page, self.state, self.width))

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Open a pod."""
        self.app.push_screen(PodScreen(self.state, event.key))
