"""The lines above the nodes, and the summary of the pods that wait below them."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from kubestow.live.lookout import Sight
from kubestow.model.counted import counted
from kubestow.report.advice_text import unused_text
from kubestow.report.cluster_text import minimum_text, named_pods, unpriced_text
from kubestow.report.money_text import local_text
from kubestow.terminal.grid import BAD, GOOD, INDENT, QUIET, TITLE, WARN, shortened, wrapped
from kubestow.terminal.row_list import Line, Part, plain
from kubestow.terminal.top_state import TopState
from kubestow.views.cluster_view import ClusterView

_GAP = "   "
_WORTH_A_LOOK = 0.1  # a gap that is not green
_LAG_SECONDS = 10.0


def head_lines(state: TopState, sight: Sight, view: ClusterView, width: int) -> list[Line]:
    """Return what the cluster is, costs and could cost, and how it is shown."""
    lines = [_first(state, view, width), _cost(view)]
    lines += [plain(shortened(text, width), WARN) for text in unused_text(view.reservations)]
    lines += [Line((part,)) for part in _minimum(state, sight, view)]
    lines += [Line((part,)) for part in _lag(sight)]
    return [*lines, _arrangement(state)]


def _first(state: TopState, view: ClusterView, width: int) -> Line:
    pods = counted(view.pods, "pod")
    if state.namespaces:
        pods = f"{pods} in {', '.join(state.namespaces)}"
    counts: list[Part] = [
        (f"{counted(len(view.nodes), 'node')}{_GAP}{pods}{_GAP}", ""),
        (f"{view.pending_pods:,} Pending", WARN if view.pending_pods else QUIET),
    ]
    taken = sum(cell_len(text) for text, _ in counts) + len(view.region) + 2 * len(_GAP)
    name = shortened(view.cluster, max(width - taken, 1))
    return Line(((name, TITLE), (f"{_GAP}{view.region}{_GAP}", QUIET), *counts))


def _cost(view: ClusterView) -> Line:
    cost = view.cost
    month = f"{_GAP}{cost.usd_per_month:,.2f} USD/month"
    local = f"{_GAP}{local_text(cost.local)}/month" if cost.local else ""
    unknown = unpriced_text(view.unpriced_nodes).removeprefix(", ")
    return Line(
        (
            (f"{cost.usd_per_hour:.4f} USD/hour", TITLE),
            (f"{month}{local}", ""),
            (f"{_GAP}{unknown}" if unknown else "", WARN),
        )
    )


def _minimum(state: TopState, sight: Sight, view: ClusterView) -> Iterator[Part]:
    if view.minimum is not None:
        gap = view.minimum.gap
        style = "" if gap is None else GOOD if 0 <= gap < _WORTH_A_LOOK else WARN
        yield minimum_text(view.minimum), style
    elif sight.advice_trouble:
        yield f"minimum: not known: {sight.advice_trouble}", BAD
    elif state.with_advice:
        yield "minimum: being worked out", QUIET


def _lag(sight: Sight) -> Iterator[Part]:
    if sight.lag_seconds >= _LAG_SECONDS:
        why = f": {sight.lag_message}" if sight.lag_message else ""
        yield f"{sight.lag_seconds:.0f} s behind the cluster{why}", BAD


def _arrangement(state: TopState) -> Line:
    how = state.arrangement
    order = f"sorted by {how.sort}{', reversed' if how.reverse else ''}"
    grouped = "in no groups" if how.group_by == "none" else f"grouped by {how.group_by}"
    said: list[Part] = [(f"{order}, {grouped}", QUIET)]
    if how.text:
        said.append((f"{_GAP}filter: {how.text}", WARN))
    return Line(tuple(said))


def pending_summary(
    reasons: Sequence[tuple[tuple[str, ...], str]], width: int, most: int
) -> Iterator[Line]:
    """Yield the reasons of most pods in so many lines, after an empty one."""
    if not reasons or most <= 0:
        return
    pods = sum(len(keys) for keys, _ in reasons)
    left, shown = most, 0
    lines: list[Line] = []
    for keys, message in reasons:
        texts = wrapped(message, width - len(INDENT) * 2)
        if lines and len(texts) + 1 > left:
            break
        lines.append(plain(f"{INDENT}{shortened(named_pods(keys), width - len(INDENT))}"))
        lines += [plain(f"{INDENT}{INDENT}{text}", WARN) for text in texts[: max(left - 1, 1)]]
        left, shown = most - len(lines), shown + 1
    more = len(reasons) - shown
    rest = f", for {counted(more, 'more reason')}: p shows them" if more else ""
    yield Line()
    yield Line(((f"{counted(pods, 'pod')} Pending", TITLE), (rest, QUIET)))
    yield from lines
