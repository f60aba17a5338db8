"""Check findings as text, by severity, then by check."""

import textwrap
from collections.abc import Iterator
from typing import Any

from kubestow.model.finding import SEVERITIES, Severity
from kubestow.report.table import Screen, heading, render
from kubestow.views.check_view import CheckSummaryView, CheckView, FindingView

_COLOURS = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_WIDTH = 100
_CHECKS_SHOWN = 8


def render_check(check: CheckView, screen: Screen) -> str:
    """Render the findings."""
    title = f"{check.region}: {_counts(check.summary)} from {check.summary.checks} checks"
    width = min(screen.width or _WIDTH, _WIDTH)
    parts: list[Any] = [heading(title)]
    for severity in SEVERITIES:
        parts += _severity(check, severity, width)
    parts += _not_judged(check, width)
    parts += [f"note: {text}" for text in check.assumptions]
    parts += [f"ignored: {i.count:,} {i.kind}: {i.reason}" for i in check.ignored]
    return render(parts, screen)


def _counts(summary: CheckSummaryView) -> str:
    counted = (
        (summary.errors, "error"),
        (summary.warnings, "warning"),
        (summary.infos, "note"),
    )
    return ", ".join(f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s" for n, noun in counted)


def _severity(check: CheckView, severity: Severity, width: int) -> Iterator[Any]:
    from rich.text import Text

    by_check: dict[str, list[FindingView]] = {}
    for item in check.findings:
        if item.severity == severity:
            by_check.setdefault(item.check, []).append(item)
    for identity, items in by_check.items():
        yield ""
        title = Text(severity, style=_COLOURS[severity])
        yield title.append(f"  {items[0].title}  ", "bold").append(f"[{identity}]", "not bold")
        for item in items:
            yield from _finding(item, width)
        yield f"  see {items[0].documentation}"


def _finding(item: FindingView, width: int) -> Iterator[str]:
    own = item.object
    path = f"{own.namespace}/{own.name}" if own.namespace else own.name
    where = "  ".join(part for part in (f"{own.kind} {path}", item.field) if part)
    yield f"  {where}"
    yield from _wrapped(item.reason, "    ", "    ", width)
    yield from _wrapped(item.fix, "    fix: ", "         ", width)


def _wrapped(text: str, first: str, other: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=first, subsequent_indent=other,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _not_judged(check: CheckView, width: int) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for item in check.not_judged:
        by_reason.setdefault(item.reason, []).append(item.check)
    if by_reason:
        yield ""
    for reason, checks in by_reason.items():
        more = f" and {len(checks) - _CHECKS_SHOWN} more" if len(checks) > _CHECKS_SHOWN else ""
        text = f"{', '.join(checks[:_CHECKS_SHOWN])}{more}: {reason}"
        yield from _wrapped(text, "not checked: ", "             ", width)
