"""A Sweep document as text: one line a setting.

Law: shows what the JSON says and nothing else.
"""

from collections.abc import Sequence
from typing import Any

from kubestow.report.simulate_text import spot_prices_text
from kubestow.report.table import Column, Screen, fitting, left_out_note, render, table

Document = dict[str, Any]
_VARIED = (
    ("SHAPE", "shape"), ("FAULTS", "faults"), ("STEP", "stepSeconds"), ("DAYS", "days"),
)  # fmt: skip


def render_sweep(document: Document, screen: Screen) -> str:
    """Return the sweep as text."""
    settings, runs = document["settings"], document["runs"]
    same = [
        f"{header.lower()} {_plain(settings[0][name])}"
        for header, name in _VARIED
        if not _varies(settings, name)
    ]
    count = len(document["seeds"])
    parts: list[Any] = [
        f"{document['workload']} in {document['region']}: {runs['done']} of {runs['asked']} runs, "
        f"{count} {'seed' if count == 1 else 'seeds'}"
        + "".join(f", {text}" for text in same)
        + f", {spot_prices_text(document['spotPrices'])}",
        "",
    ]
    columns, left_out = fitting(_columns(settings), screen.width)
    parts += [table(columns), *left_out_note(left_out), ""]
    share = f"{100 * document['confidence']:g} %"
    parts.append(
        f"each figure is a mean over the seeds, +- half of its {share} interval; WAIT P99: seconds "
        "that 99 % of the pods wait at most; POD SECONDS: all waits added up."
    )
    first = next((s["difference"]["fromPolicy"] for s in settings if s["difference"]), None)
    if first is not None:
        parts.append(f"VS: more than {first}, seed by seed; * where the interval holds no zero")
    if document["isInterrupted"]:
        parts.append("interrupted: continue with --resume")
    if runs["failed"]:
        parts.append(f"{runs['failed']} runs failed and are not counted")
    parts.append(f"results: {document['file']}")
    parts.append(f"prices: {'; '.join(document['priceSources'])}")
    return render(parts, screen)


def _columns(settings: Sequence[Document]) -> list[Column]:
    differences = [setting["difference"] for setting in settings]
    columns = [Column("POLICY", tuple(s["policy"] for s in settings), right=False)]
    columns += [
        Column(header, tuple(_plain(s[name]) for s in settings), right=header in ("STEP", "DAYS"))
        for header, name in _VARIED
        if _varies(settings, name)
    ]
    columns.append(Column("RUNS", tuple(str(s["runs"]) for s in settings), drop=1))
    for header, name, digits, drop in (
        ("USD", "costUsd", 2, 0),
        ("WAIT P99", "waitSecondsP99", 1, 3),
        ("POD SECONDS", "pendingPodSeconds", 0, 5),
        ("EVICTED", "evictions", 1, 4),
    ):
        columns.append(Column(header, tuple(_cell(s[name], digits) for s in settings), drop=drop))
        if any(differences):
            cells = tuple("" if d is None else _signed(d[name], digits) for d in differences)
            columns.append(Column("VS", cells, drop=drop and drop + 4))
    return columns


def _varies(settings: Sequence[Document], name: str) -> bool:
    return any(setting[name] != settings[0][name] for setting in settings)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(estimate: Document, digits: int, sign: str = "") -> str:
    mean = f"{estimate['mean']:{sign},.{digits}f}"
    if estimate["high"] is None:
        return mean
    return f"{mean} +- {(estimate['high'] - estimate['low']) / 2:,.{digits}f}"


def _signed(estimate: Document, digits: int) -> str:
    cell = _cell(estimate, digits, "+")
    if estimate["high"] is None:
        return cell
    return cell + ("*" if estimate["low"] > 0 or estimate["high"] < 0 else " ")
