"""A story as text: what happened in order of time, the newest last, and what is true now."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.counted import counted
from kubestow.model.visible import visible_line
from kubestow.report.table import Screen, heading, render
from kubestow.views.node_page_view import EventView
from kubestow.views.why_view import LiveView, WhyView

_MOST, _FIRST = 30, 5  # rows of a story, and those of its beginning
_SAME_DAY = 11  # characters of a date before its time: 2026-01-05 and a space


def render_why(view: WhyView, screen: Screen) -> str:
    """Render a story."""
    parts: list[Any] = [heading(_head(view)), *_covered(view), ""]
    rows = _few(list(_rows(view)))
    if rows:
        parts += [*_on_screen(rows, screen), ""]
    if view.now:
        parts += [f"at the last decision, {_instant(view.until)} UTC:"]
        parts += [*_on_screen([(line,) for line in view.now], screen), ""]
    if view.live is not None:
        parts += [*_live(view.live, screen), ""]
    parts += [f"note: {note}" for note in view.notes]
    while parts and parts[-1] == "":
        parts.pop()
    return render(parts, screen)


def _head(view: WhyView) -> str:
    claim = f" (claim {view.claim})" if view.claim and view.claim != view.name else ""
    text = f"{view.about} {view.name}{claim}"
    if view.offer is None or not view.offer.instance_type:
        return text
    offer = view.offer
    pool = f" of NodePool {offer.node_pool}" if offer.node_pool else ""
    return (
        f"{text}: {offer.instance_type} {offer.capacity_type} in {offer.zone}, "
        f"{offer.usd_per_hour:.4f} USD/h{pool}"
    )


def _covered(view: WhyView) -> Iterator[str]:
    if view.since is not None:
        until = _instant(view.until)
        since = _instant(view.since)
        decisions = counted(view.decisions, "decision")
        yield f"from {decisions} between {since} and {until} UTC"
    if view.earlier_claims:
        yield f"the name was that of other nodes before: {', '.join(view.earlier_claims)}"


def _instant(text: str | None) -> str:
    return (text or "?").replace("T", " ").removesuffix("Z")


def _rows(view: WhyView) -> Iterator[tuple[str, str]]:
    """Yield the time and the sentence of each; without the day if the journals are of one day."""
    instants = [view.since, view.until]
    instants += [at for item in view.occurrences for at in (item.at, item.last_at)]
    days = {_instant(at)[:_SAME_DAY] for at in instants if at}
    begin = _SAME_DAY if len(days) == 1 else 0
    for item in view.occurrences:
        message = item.message
        if item.last_at is not None:
            often = f"{item.times:,} times " if item.times > 1 else ""
            message = f"{message} ({often}until {_instant(item.last_at)[begin:]})"
        yield _instant(item.at)[begin:], message


def _few(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the first and the last rows where there are more than a screen has."""
    more = len(rows) - _MOST
    if more <= 0:
        return rows
    between = ("...", f"{more:,} more in between: -o json has them")
    return [*rows[:_FIRST], between, *rows[_FIRST + more :]]


def _on_screen(rows: Sequence[tuple[str, ...]], screen: Screen) -> Iterator[Any]:
    """Yield rows of texts, the last of which wraps in a column of its own."""
    from rich.table import Table
    from rich.text import Text

    lines = [tuple(map(visible_line, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    if screen.width is None:
        for *names, text in lines:
            padded = (f"{name:<{width}}" for name, width in zip(names, widths, strict=True))
            yield "  " + "  ".join((*padded, text))
        return
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    for _ in widths:
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    yield table


def _live(live: LiveView, screen: Screen) -> Iterator[Any]:
    if not live.is_there:
        yield f"in {live.cluster} it is not there any more"
    else:
        yield f"in {live.cluster} now:"
        yield from _on_screen([(fact.name, fact.value) for fact in live.facts], screen)
    if live.events:
        yield "Events of kubestow:"
        yield from _on_screen(
            [(_instant(event.at), _event(event)) for event in live.events], screen
        )


def _event(event: EventView) -> str:
    times = f" ({event.count:,} times)" if event.count > 1 else ""
    return f"{event.reason}: {event.message}{times}"
