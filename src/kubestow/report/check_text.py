"""What the checks found, for people: by severity, then by check.

Law: text only, from the document only, which is that of 'kubestow check -o json'.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

from kubestow.report.plan_json import Document
from kubestow.report.table import Screen, heading, render

_COLOURS = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_NOUNS = (("errors", "error"), ("warnings", "warning"), ("infos", "note"))
_WIDTH = 100
_CHECKS_SHOWN = 8


def render_check(document: Document, screen: Screen) -> str:
    """Render the findings."""
    summary = document["summary"]
    counts = ", ".join(_counted(summary[key], noun) for key, noun in _NOUNS)
    title = f"{document['region']}: {counts} from {summary['checks']} checks"
    width = min(screen.width or _WIDTH, _WIDTH)
    parts: list[Any] = [heading(title)]
    for severity in _COLOURS:
        parts += _severity(document, severity, width)
    parts += _not_judged(document, width)
    parts += [f"note: {text}" for text in document["assumptions"]]
    parts += [f"ignored: {i['count']:,} {i['kind']}: {i['reason']}" for i in document["ignored"]]
    return render(parts, screen)


def _severity(document: Document, severity: str, width: int) -> Iterator[Any]:
    from rich.text import Text

    by_check: dict[str, list[Document]] = {}
    for item in document["findings"]:
        if item["severity"] == severity:
            by_check.setdefault(item["check"], []).append(item)
    for check, items in by_check.items():
        yield ""
        title = Text(severity, style=_COLOURS[severity])
        yield title.append(f"  {items[0]['title']}  ", "bold").append(f"[{check}]", "not bold")
        for item in items:
            yield from _finding(item, width)
        yield f"  see {items[0]['documentation']}"


def _finding(item: Document, width: int) -> Iterator[str]:
    own = item["object"]
    path = f"{own['namespace']}/{own['name']}" if own["namespace"] else own["name"]
    where = "  ".join(part for part in (f"{own['kind']} {path}", item["field"]) if part)
    yield f"  {where}"
    yield from _wrapped(item["reason"], "    ", "    ", width)
    yield from _wrapped(item["fix"], "    fix: ", "         ", width)


def _wrapped(text: str, first: str, other: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=first, subsequent_indent=other,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _not_judged(document: Document, width: int) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for item in document["notJudged"]:
        by_reason.setdefault(item["reason"], []).append(item["check"])
    if by_reason:
        yield ""
    for reason, checks in by_reason.items():
        more = f" and {len(checks) - _CHECKS_SHOWN} more" if len(checks) > _CHECKS_SHOWN else ""
        text = f"{', '.join(checks[:_CHECKS_SHOWN])}{more}: {reason}"
        yield from _wrapped(text, "not judged: ", "            ", width)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
