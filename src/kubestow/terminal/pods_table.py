"""Pods in a table: requests, status, restarts and their part of their node's price."""

from collections.abc import Sequence

from kubestow.report.cluster_text import age_text
from kubestow.terminal.grid import BAD, INDENT, QUIET, WARN, Grid, GridColumn
from kubestow.terminal.quantity_text import quantity_text
from kubestow.terminal.row_list import Line, Part
from kubestow.views.node_page_view import PodRowView

_CALM = ("Running", "Completed", "Succeeded")
_WAITING = ("Pending", "ContainerCreating", "PodInitializing", "Terminating")


def pod_lines(pods: Sequence[PodRowView], at: str, width: int) -> list[Line]:
    """Return the header and the rows, DaemonSets' pods last; a row's key is its pod."""
    rows = sorted(pods, key=lambda item: (item.bound, item.pod))
    columns = [
        GridColumn("POD", [(row.pod, QUIET if row.bound else "") for row in rows]),
        GridColumn("STATUS", [status_part(row) for row in rows]),
        GridColumn("READY", [(_ready(row), "") for row in rows], right=True, drop=5),
        GridColumn("RESTARTS", [_restarts(row) for row in rows], right=True, drop=3),
        GridColumn("CPU", [_amount(row.requests, "cpu") for row in rows], right=True),
        GridColumn("USED", [_amount(row.used, "cpu") for row in rows], right=True, drop=6),
        GridColumn("MEMORY", [_amount(row.requests, "memory") for row in rows], right=True),
        GridColumn("USED", [_amount(row.used, "memory") for row in rows], right=True, drop=7),
        GridColumn("USD/H", [(price(row), "") for row in rows], right=True, drop=2),
        GridColumn("AGE", [(age_text(row.created_at, at), "") for row in rows], right=True, drop=4),
    ]
    if all(row.used is None for row in rows):
        columns = [column for column in columns if column.header != "USED"]
    header, lines = Grid(tuple(columns), [row.pod for row in rows]).lines(width, INDENT)
    return [header, *lines]


def status_part(row: PodRowView) -> Part:
    """Return a pod's status; what needs a look has a colour."""
    style = "" if row.status in _CALM else WARN if row.status in _WAITING else BAD
    return row.status, style


def price(row: PodRowView) -> str:
    """Return a pod's part of its node's price an hour."""
    return "-" if row.usd_per_hour is None else f"{row.usd_per_hour:.4f}"


def _ready(row: PodRowView) -> str:
    return f"{row.ready}/{row.containers}" if row.containers else "-"


def _restarts(row: PodRowView) -> Part:
    return str(row.restarts), WARN if row.restarts else ""


def _amount(amounts: dict[str, str] | None, name: str) -> Part:
    text = None if amounts is None else amounts.get(name)
    return ("-", QUIET) if text is None else (quantity_text(name, text), "")
