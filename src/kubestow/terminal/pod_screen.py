"""A pod's page: where it is or why it waits, and its events."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from kubestow.live.lookout import Sight
from kubestow.report.cluster_text import age_text
from kubestow.terminal.events_table import event_lines
from kubestow.terminal.explain_screen import ExplainScreen
from kubestow.terminal.grid import BAD, TITLE, WARN, pair_lines, paragraph, section, shortened
from kubestow.terminal.pods_table import price, status_part
from kubestow.terminal.quantity_text import quantity_text
from kubestow.terminal.row_list import Line, plain
from kubestow.terminal.top_state import TopState
from kubestow.terminal.watching_screen import Keys, WatchingScreen
from kubestow.views.node_page_view import PodPageView, pod_page_view

_GAP = "   "


class PodScreen(WatchingScreen):
    """One pod."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "explain", "explain")]
    KEYS: ClassVar[Keys] = (
        ("e", "explain"), ("space", "page down"), ("n", "nodes"), ("p", "Pending"),
        ("esc", "back"), ("?", "help"), ("q", "quit"),
    )  # fmt: skip

    def __init__(self, state: TopState, key: str) -> None:
        super().__init__(state)
        self.key = key

    def show_sight(self, sight: Sight) -> None:
        """Show the pod as it was seen."""
        page = pod_page_view(sight.observed, sight.survey, self.key)
        if page is None:
            self.set_head([plain(f"{self.key} is gone", BAD)])
            return
        status, style = status_part(page.pod)
        name = shortened(self.key, max(self.width - len(status) - len(_GAP), 1))
        self.set_head([Line(((name, TITLE), (_GAP, ""), (status, style)))])
        self.rows.show(list(_lines(page, self.width)))

    def action_explain(self) -> None:
        """Work out why it waits, and what would let it run."""
        self.app.push_screen(ExplainScreen(self.state, self.key))


def _lines(page: PodPageView, width: int) -> Iterator[Line]:
    pod = page.pod
    if page.pending is not None:
        yield from section("Why it waits")
        yield from paragraph(page.pending.message, width, WARN)
        if page.pending.reason:
            yield from paragraph(f"refused first by {page.pending.reason}", width)
        yield from paragraph("e works out what would let it run", width)
    if page.message:
        yield from section("Message")
        yield from paragraph(page.message, width)
    yield from section("Pod")
    facts = [
        ("node", page.node or "none"),
        ("owner", page.owner or "none"),
        ("containers", f"{pod.ready} of {pod.containers} ready" if pod.containers else "-"),
        ("restarts", str(pod.restarts)),
        ("age", age_text(pod.created_at, page.at)),
    ]
    if pod.usd_per_hour is not None:
        facts.append(("part of the node's price", f"{price(pod)} USD/hour"))
    yield from pair_lines(facts, width)
    yield from section("Requests")
    yield from pair_lines(_amounts(pod.requests), width)
    if pod.used is not None:
        yield from section("Used")
        yield from pair_lines(_amounts(pod.used), width)
    yield from event_lines(page.events, page.at, width)
    yield from section("Labels")
    yield from pair_lines(sorted(page.labels.items()), width)


def _amounts(amounts: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, quantity_text(name, text)) for name, text in amounts.items()]
