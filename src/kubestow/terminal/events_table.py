"""Events as lines, the newest first."""

from collections.abc import Iterator, Sequence

from kubestow.report.cluster_text import age_text
from kubestow.terminal.grid import GAP, INDENT, QUIET, WARN, section, wrapped
from kubestow.terminal.row_list import Line, plain
from kubestow.views.node_page_view import EventView


def event_lines(events: Sequence[EventView], at: str, width: int) -> Iterator[Line]:
    """Yield the section of events."""
    yield from section("Events")
    if not events:
        yield plain(f"{INDENT}none", QUIET)
    for event in events:
        times = f" x {event.count:,}" if event.count > 1 else ""
        head = f"{INDENT}{age_text(event.at, at):>4}{' ' * GAP}"
        style = "" if event.type == "Normal" else WARN
        source = f", by {event.source}" if event.source else ""
        yield Line(((head, QUIET), (event.reason, style), (f"{times}{source}", QUIET)))
        for text in wrapped(event.message, width - len(head)):
            yield plain(f"{' ' * len(head)}{text}")
