"""Curves over time: inline SVG without a script, all curves of a chart on one scale.

A value holds until the next one. Curves differ in their dashes as well as in colour, and tables
repeat their figures. Times are Unix seconds, UTC.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10

from kubestow.report.html.components import TableColumn, table
from kubestow.report.html.markup import Html, element, joined

WIDTH, HEIGHT = 720, 200  # of the drawing, in its own units; a pixel column is one unit
_ROWS = 24  # the most rows in the table of a chart
_TICKS_UP, _TICKS_ALONG = 4, 8
_HOUR, _DAY = 3600, 86_400
_STEPS = (
    60, 300, 600, 900, 1800,
    *(_HOUR * n for n in (1, 2, 3, 6, 12)), *(_DAY * n for n in (1, 2, 7, 14, 28, 56)),
)  # fmt: skip
_COLOURS, _DASHES = 6, 5  # styles c0... and d0... of page.css

Samples = Sequence[tuple[int, float]]
Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a chart: (instant, value) in order, and the time when the last value ends."""

    name: str
    samples: Samples
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """The time range of a chart."""

    start: int
    end: int

    def column(self, at: int) -> int:
        """Return the pixel column of an instant."""
        share = (at - self.start) / max(self.end - self.start, 1)
        return round(WIDTH * min(max(share, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Chart:
    """The texts of a chart: its caption, what is measured, and how values are formatted.

    With ``peaks``, the table has the maximum of each interval instead of the mean.
    """

    caption: str
    measured: str
    format: Format
    peaks: bool = False


def chart(what: Chart, curves: Sequence[Curve], span: Span) -> Html:
    """Return a chart: the drawing, a legend with figures, and a collapsed table of values."""
    most = max((value for curve in curves for _, value in curve.samples), default=0.0)
    ticks = scale(most)
    return element(
        "figure",
        element("figcaption", what.caption),
        _drawing(what, curves, span, ticks),
        _figures(what, curves),
        element(
            "details",
            element("summary", f"{what.measured} as a table"),
            _table(what, curves, span),
            class_="keybox",
        ),
        class_="chart",
    )


def thinned(samples: Samples, span: Span) -> list[tuple[int, float]]:
    """Return (column, value): the first, least, greatest and last value of each column."""
    columns: dict[int, list[float]] = {}
    for at, value in samples:
        columns.setdefault(span.column(at), []).append(value)
    points = []
    for column, values in columns.items():
        indexes = {0, values.index(min(values)), values.index(max(values)), len(values) - 1}
        points += [(column, values[index]) for index in sorted(indexes)]
    return points


def mean(curve: Curve, start: int, end: int) -> float | None:
    """Return the mean of a curve between two instants, weighted by time."""
    total, seconds = 0.0, 0
    for since, until, value in _held(curve, start, end):
        total += value * (until - since)
        seconds += until - since
    return total / seconds if seconds else None


def scale(most: float) -> list[float]:
    """Return round values from zero to the first one that is at least ``most``."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / _TICKS_UP
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= rough * (1 - 1e-9))
    return [step * n for n in range(ceil(most / step - 1e-9) + 1)]


def instants(span: Span) -> list[int]:
    """Return round UTC instants in a span, few enough for labels."""
    length = span.end - span.start
    step = next((s for s in _STEPS if length <= s * _TICKS_ALONG), _STEPS[-1])
    first = -(-span.start // step) * step if step <= _DAY else -(-span.start // _DAY) * _DAY
    return list(range(first, span.end + 1, step))


def time_text(at: int, span: Span) -> str:
    """Return an instant in the shortest form for the span: the day or the time of day."""
    when = datetime.fromtimestamp(at, UTC)
    if at % _DAY == 0:
        return f"{when:%a} {when.day} {when:%b}"
    days_alone = span.end - span.start > 2 * _TICKS_ALONG * _DAY
    return f"{when:%H:%M}" if not days_alone else f"{when.day} {when:%b}"


def style(number: int) -> str:
    """Return the classes of a curve: a colour and a dash, unique among thirty curves."""
    return f"c{number % _COLOURS} d{number % _DASHES}"


def _held(curve: Curve, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Yield (since, until, value) of a curve within two instants."""
    ends = [*(at for at, _ in curve.samples), curve.end][1:]
    for (at, value), until in zip(curve.samples, ends, strict=True):
        if at < end and until > start and until > at:
            yield max(at, start), min(until, end), value


def _drawing(what: Chart, curves: Sequence[Curve], span: Span, ticks: Sequence[float]) -> Html:
    times = instants(span)
    grid = "".join(f"M0 {_up(tick, ticks)}H{WIDTH}" for tick in ticks)
    grid += "".join(f"M{span.column(at)} 0V{HEIGHT}" for at in times)
    lines = [
        element("path", d=_path(curve, span, ticks), class_=f"curve {style(number)}")
        for number, curve in enumerate(curves)
    ]
    drawing = element(
        "svg",
        element("path", d=grid, class_="grid"),
        *lines,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{what.measured} over time: {_summary(what, curves)}",
    )
    up = [
        element("span", f"{tick:,.10g}", style=f"top:{_share(_up(tick, ticks), HEIGHT)}")
        for tick in ticks
    ]
    along = [
        element(
            "span",
            time_text(at, span),
            style=f"left:{_share(span.column(at), WIDTH)}",
            class_="odd" if number % 2 else None,
        )
        for number, at in enumerate(times)
        if span.column(at) < WIDTH - WIDTH // 20
    ]
    return element(
        "div",
        element("div", *up, class_="up", aria_hidden="true"),
        drawing,
        element("div", *along, class_="along", aria_hidden="true"),
        class_="plot",
    )


def _path(curve: Curve, span: Span, ticks: Sequence[float]) -> str:
    """Return a curve's path: level until the next value, then straight up or down."""
    commands: list[str] = []
    column, height = -1, ""
    for next_column, value in thinned(curve.samples, span):
        next_height = _up(value, ticks)
        if not commands:
            commands.append(f"M{next_column} {next_height}")
        elif next_height != height:
            commands += [f"H{next_column}"] * (next_column != column) + [f"V{next_height}"]
        else:
            continue
        column, height = next_column, next_height
    return "".join(commands) + (f"H{span.column(curve.end)}" if commands else "")


def _up(value: float, ticks: Sequence[float]) -> str:
    """Return a value's height from the top of the drawing."""
    return f"{HEIGHT * (1 - value / ticks[-1]):.1f}".removesuffix(".0")


def _share(amount: str | int, whole: int) -> str:
    return f"{100 * float(amount) / whole:.2f}".rstrip("0").rstrip(".") + "%"


def _extremes(curve: Curve) -> tuple[float | None, float | None, float | None]:
    """Return the minimum, the mean and the maximum of a curve."""
    values = [value for _, value in curve.samples]
    if not values:
        return None, None, None
    return min(values), mean(curve, curve.samples[0][0], curve.end), max(values)


def _summary(what: Chart, curves: Sequence[Curve]) -> str:
    parts = []
    for curve in curves:
        least, middle, most = (_text(what, value) for value in _extremes(curve))
        parts.append(f"{curve.name} from {least} to {most}, {middle} on average")
    return "; ".join(parts)


def _text(what: Chart, value: float | None) -> str:
    return "-" if value is None else what.format(value)


def sample(number: int) -> Html:
    """Return a sample of a curve's line, for legends."""
    line = element("path", d="M0 8H48", class_=f"curve {style(number)}")
    return element(
        "svg",
        line,
        viewBox="0 0 48 16",
        class_="sample",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _figures(what: Chart, curves: Sequence[Curve]) -> Html:
    """Return the legend: each line with its minimum, mean and maximum."""
    columns = [TableColumn("Policy")]
    columns += [TableColumn(name, right=True) for name in ("Minimum", "Mean", "Maximum")]
    rows = [
        [
            joined(sample(number), curve.name),
            *(_text(what, value) for value in _extremes(curve)),
        ]
        for number, curve in enumerate(curves)
    ]
    return table(f"{what.measured}: legend, minimum, mean over time, maximum", columns, rows)


def _table(what: Chart, curves: Sequence[Curve], span: Span) -> Html:
    """Return each curve's values in up to 24 equal intervals of the span."""
    length = span.end - span.start
    step = next((s for s in _STEPS if length <= s * _ROWS), -(-length // _ROWS))
    rows = []
    for start in range(span.start, span.end, step):
        cells = [_text(what, _interval(what, curve, start, start + step)) for curve in curves]
        rows.append([f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d %H:%M}", *cells])
    columns = [TableColumn("From (UTC)")]
    columns += [TableColumn(curve.name, right=True) for curve in curves]
    kind = "maximum" if what.peaks else "mean"
    return table(f"{what.measured}: {kind} from each time to the next", columns, rows)


def _interval(what: Chart, curve: Curve, start: int, end: int) -> float | None:
    if not what.peaks:
        return mean(curve, start, end)
    return max((value for _, _, value in _held(curve, start, end)), default=None)
