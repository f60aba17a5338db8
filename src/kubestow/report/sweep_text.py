"""A sweep as text: one line per setting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.model.counted import counted
from kubestow.report.simulate_text import spot_prices_text
from kubestow.report.table import Column, Screen, fitting, omitted_note, render, table
from kubestow.views.sweep_view import DifferenceView, EstimateView, SettingView, SweepView

_VARIED: tuple[tuple[str, Callable[[SettingView], str]], ...] = (
    ("SHAPE", lambda setting: setting.shape),
    ("FAULTS", lambda setting: setting.faults),
    ("STEP", lambda setting: str(setting.step_seconds)),
    ("DAYS", lambda setting: f"{setting.days:g}"),
)
_Figures = SettingView | DifferenceView


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column of a figure: its header, its value, its digits, and how early it is omitted."""

    header: str
    of: Callable[[_Figures], EstimateView]
    digits: int
    drop: int


_FIGURES = (
    _Figure("USD", lambda figures: figures.cost_usd, 2, 0),
    _Figure("WAIT P99", lambda figures: figures.wait_seconds_p99, 1, 3),
    _Figure("POD SECONDS", lambda figures: figures.pending_pod_seconds, 0, 5),
    _Figure("EVICTED", lambda figures: figures.evictions, 1, 4),
)


def render_sweep(sweep: SweepView, screen: Screen) -> str:
    """Return the sweep as text."""
    settings, runs = sweep.settings, sweep.runs
    same = [
        f"{header.lower()} {value(settings[0])}"
        for header, value in _VARIED
        if not _varies(settings, value)
    ]
    parts: list[Any] = [
        f"{sweep.workload} in {sweep.region}: {runs.done} of {runs.asked} runs, "
        f"{counted(len(sweep.seeds), 'seed')}"
        + "".join(f", {text}" for text in same)
        + f", {spot_prices_text(sweep.spot_prices)}",
        "",
    ]
    columns, omitted = fitting(_columns(settings), screen.width)
    parts += [table(columns), *omitted_note(omitted), ""]
    share = f"{100 * sweep.confidence:g} %"
    parts.append(
        f"figures are means over the seeds, +- half the width of the {share} confidence interval; "
        "WAIT P99: 99th percentile of the wait in seconds; POD SECONDS: sum of all waits."
    )
    first = next((s.difference.from_policy for s in settings if s.difference), None)
    if first is not None:
        parts.append(f"VS: difference from {first}, seed by seed; *: the interval excludes zero")
    if sweep.is_interrupted:
        parts.append("interrupted: continue with --resume")
    if runs.failed:
        parts.append(f"{counted(runs.failed, 'failed run')}, not counted")
    parts.append(f"results: {sweep.file}")
    parts.append(f"prices: {'; '.join(sweep.price_sources)}")
    return render(parts, screen)


def _columns(settings: Sequence[SettingView]) -> list[Column]:
    differences = [setting.difference for setting in settings]
    columns = [Column("POLICY", tuple(s.policy for s in settings), right=False)]
    columns += [
        Column(header, tuple(map(value, settings)), right=header in ("STEP", "DAYS"))
        for header, value in _VARIED
        if _varies(settings, value)
    ]
    columns.append(Column("RUNS", tuple(str(s.runs) for s in settings), drop=1))
    for figure in _FIGURES:
        digits, drop = figure.digits, figure.drop
        cells = tuple(_cell(figure.of(setting), digits) for setting in settings)
        columns.append(Column(figure.header, cells, drop=drop))
        if any(differences):
            cells = tuple("" if d is None else _signed(figure.of(d), digits) for d in differences)
            columns.append(Column("VS", cells, drop=drop and drop + 4))
    return columns


def _varies(settings: Sequence[SettingView], value: Callable[[SettingView], str]) -> bool:
    return any(value(setting) != value(settings[0]) for setting in settings)


def _cell(estimate: EstimateView, digits: int, sign: str = "") -> str:
    mean = f"{estimate.mean:{sign},.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return mean
    return f"{mean} +- {(estimate.high - estimate.low) / 2:,.{digits}f}"


def _signed(estimate: EstimateView, digits: int) -> str:
    cell = _cell(estimate, digits, "+")
    if estimate.low is None or estimate.high is None:
        return cell
    return cell + ("*" if estimate.low > 0 or estimate.high < 0 else " ")
