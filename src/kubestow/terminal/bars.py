"""Shares as bars."""

from kubestow.report.cluster_text import share_text
from kubestow.terminal.grid import BAD, GOOD, QUIET, WARN
from kubestow.terminal.row_list import Part
from kubestow.views.cluster_view import RequestedView
from kubestow.views.node_arrangement import share

LOW, HIGH = 0.5, 0.9
FULL, FULL_ASCII, REST = "▮", "#", "."
"""▮ is one column wide in every locale; most other blocks are two in some."""
PERCENT_WIDTH = 5


def bar(part: float | None, width: int, *, ascii_only: bool = False) -> tuple[Part, Part]:
    """Return the filled and the empty end of a bar; a share that is low is worth a look."""
    if part is None:
        return ("", ""), (" " * width, "")
    filled = min(width, max(1 if part else 0, round(part * width)))
    full = FULL_ASCII if ascii_only else FULL
    return (full * filled, WARN if part < LOW else GOOD), (REST * (width - filled), QUIET)


def requested_parts(
    item: RequestedView, width: int, *, ascii_only: bool = False
) -> tuple[Part, ...]:
    """Return what is requested as a bar and a percentage."""
    part = share(item.requested, item)
    text = f"{share_text(part):>{PERCENT_WIDTH}}"
    if not width:
        return ((text, ""),)
    return (*bar(part, width, ascii_only=ascii_only), (f" {text}", ""))


def used_part(item: RequestedView) -> Part:
    """Return what is used as a percentage; red where it is nearly all."""
    part = share(item.used, item)
    return share_text(part), BAD if part is not None and part >= HIGH else ""
