"""The pods that wait, by the reason in kube-scheduler's words."""

from collections.abc import Iterator
from typing import ClassVar

from kubestow.live.lookout import Sight
from kubestow.model.counted import counted
from kubestow.report.cluster_text import pending_by_message
from kubestow.terminal.grid import INDENT, QUIET, TITLE, WARN, paragraph, shortened
from kubestow.terminal.pod_screen import PodScreen
from kubestow.terminal.row_list import Line, RowList, plain
from kubestow.terminal.watching_screen import Keys, WatchingScreen
from kubestow.views.cluster_view import ClusterView


class PendingScreen(WatchingScreen):
    """All Pending pods."""

    KEYS: ClassVar[Keys] = (
        ("enter", "open pod"), ("space", "page down"), ("n", "nodes"), ("a", "advice"),
        ("esc", "back"), ("?", "help"), ("q", "quit"),
    )  # fmt: skip

    def show_sight(self, sight: Sight) -> None:
        """Show the pods that wait."""
        view = self.state.view_of(sight)
        count = counted(view.pending_pods, "pod")
        self.set_head([plain(f"{count} Pending", TITLE), Line()])
        self.rows.show(list(_lines(view, self.width)) or [plain("no pod waits", QUIET)])

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Open a pod."""
        self.app.push_screen(PodScreen(self.state, event.key))


def _lines(view: ClusterView, width: int) -> Iterator[Line]:
    for number, (keys, message) in enumerate(pending_by_message(view)):
        if number:
            yield Line()
        count = f"{counted(len(keys), 'pod')}: " if len(keys) > 1 else ""
        yield from paragraph(f"{count}{message}", width, WARN, indent="")
        for key in keys:
            yield plain(f"{INDENT}{shortened(key, width - len(INDENT))}", key=key)
