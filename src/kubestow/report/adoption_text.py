"""A change-over as text: who manages what, what stops it, what it costs, and the runbook."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from kubestow.model.adoption import Manager
from kubestow.model.counted import counted
from kubestow.model.nodepool import Launcher
from kubestow.report.table import Column, Screen, fitting, heading, omitted_note, render, table
from kubestow.views.adoption_commands import AdoptionStepView
from kubestow.views.adoption_view import AdoptionView, ManagedNodesView
from kubestow.views.check_view import FindingView

_MANAGED = Launcher.MANAGED_NODE_GROUP.value
_WIDTH, _STEPS_OF_MOVE = 100, 6
_COLOURS = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def render_adoption(adoption: AdoptionView, screen: Screen) -> str:
    """Render the whole change-over."""
    width = max(min(screen.width or _WIDTH, _WIDTH), 40)
    parts: list[Any] = [heading(title_of(adoption)), ""]
    columns, omitted = fitting(_columns(adoption), screen.width)
    parts += [table(columns), *omitted_note(omitted), ""]
    parts += _cost(adoption)
    parts += _findings(adoption.findings, width)
    for item in adoption.not_judged:
        parts += _wrapped(f"not checked: {item.check}: {item.reason}", "", "  ", width)
    parts += ["", heading("Runbook")]
    for number, step in numbered(adoption.runbook):
        parts += _step(number, step)
    left = _left_out(adoption.runbook)
    more = f"{counted(left, 'more step')} that move pods, and " if left else ""
    parts += ["", *_wrapped(
        f"'-o markdown' has {more}what each step does, how to see that it worked, and how to go "
        "back from it.", "  ", "  ", width,
    )]  # fmt: skip
    if not adoption.waves and adoption.moving:
        parts.append("  The waves that move pods are planned once nothing stops them.")
    parts.append("")
    parts += [f"note: {text}" for text in adoption.assumptions]
    parts.append(f"prices: {'; '.join(adoption.price_sources)}")
    return render(parts, screen)


def title_of(adoption: AdoptionView) -> str:
    """Return one line on what it comes to."""
    nodes = counted(len(adoption.moving), "node")
    if adoption.keeps_groups:
        nodes = counted(len(adoption.kept_groups), "node group")
    where = f"{adoption.region}: {nodes} from {adoption.of} to {adoption.to}"
    if adoption.ready:
        warnings = adoption.summary.warnings
        more = f", {counted(warnings, 'warning')}" if warnings else ""
        return f"{where}: nothing stops the change-over{more}"
    return f"{where}: {counted(adoption.summary.errors, 'error')} to be mended first"


def _columns(adoption: AdoptionView) -> list[Column]:
    rows = adoption.managers
    return [
        Column("MANAGER", tuple(row.manager for row in rows), right=False),
        Column(
            "GROUP", tuple(f"{r.group_kind} {r.group}".strip() or "-" for r in rows), right=False
        ),
        Column("NODES", tuple(str(len(row.nodes)) for row in rows)),
        Column("PODS", tuple(str(row.pods) for row in rows)),
        Column(
            "USD/H",
            tuple(f"{row.usd_per_hour:.4f}{'+' if row.unpriced else ''}" for row in rows),
        ),
        Column("", tuple(fate_of(adoption, row) for row in rows), right=False),
    ]


def fate_of(adoption: AdoptionView, row: ManagedNodesView) -> str:
    """Return what becomes of the nodes of one group."""
    if not row.stays:
        return "moves"
    is_kept = row.group_kind == _MANAGED and row.group in adoption.kept_groups
    return f"stays, scaled by {adoption.to}" if is_kept else "stays"


def _cost(adoption: AdoptionView) -> Iterator[str]:
    cost = adoption.cost
    yield f"  before  {cost.before:.4f} USD/h"
    if adoption.keeps_groups:
        groups = ", ".join(adoption.kept_groups) or "no node group"
        yield f"  {groups}: the nodes stay, and so does every pod"
    elif cost.after is None and adoption.of == Manager.KUBESTOW and adoption.waves:
        yield "  after   not known: what the nodes of the groups cost that take their place"
    elif cost.after is None:
        yield "  after   not planned: see what stops it"
    else:
        yield (
            f"  after   {cost.after:.4f} USD/h, with the cheapest nodes that the NodePools allow "
            "in place of the old ones"
        )
    yield from _states(adoption)


def _states(adoption: AdoptionView) -> Iterator[str]:
    for item in adoption.deployments:
        runs = "running" if item.running else "not running"
        yield (
            f"  {item.manager}: Deployment {item.namespace}/{item.name}, "
            f"{counted(item.replicas, 'replica')}, {runs}"
        )
    if adoption.home:
        more = f" and {len(adoption.home) - 3} more" if len(adoption.home) > 3 else ""
        yield f"  kubestow runs on {', '.join(adoption.home[:3])}{more}, which stay"
    if adoption.waves:
        yield (
            f"  {counted(sum(len(wave.pods) for wave in adoption.waves), 'pod')} move in "
            f"{counted(len(adoption.waves), 'wave')}; simulated in "
            f"{counted(adoption.orders_played, 'eviction order')}, beside planned nodes"
        )


def _findings(findings: Iterable[FindingView], width: int) -> Iterator[Any]:
    from rich.text import Text

    for item in findings:
        own = item.object
        path = f"{own.namespace}/{own.name}" if own.namespace else own.name
        yield ""
        title = Text(item.severity, style=_COLOURS[item.severity])
        yield title.append(f"  {item.title}  ", "bold").append(f"[{item.check}]", "not bold")
        yield "  " + "  ".join(part for part in (f"{own.kind} {path}", item.field) if part)
        yield from _wrapped(item.reason, "    ", "    ", width)
        yield from _wrapped(f"hint: {item.fix}", "    ", "          ", width)


def numbered(steps: Iterable[AdoptionStepView]) -> Iterator[tuple[int, AdoptionStepView]]:
    """Yield the steps that text shows, with their numbers in the whole runbook."""
    moves = 0
    for number, step in enumerate(steps, 1):
        moves += step.phase == "move"
        if step.phase != "move" or moves <= _STEPS_OF_MOVE:
            yield number, step


def _left_out(steps: Iterable[AdoptionStepView]) -> int:
    return max(0, sum(step.phase == "move" for step in steps) - _STEPS_OF_MOVE)


def _step(number: int, step: AdoptionStepView) -> Iterator[str]:
    """Yield a step in short: Markdown has what it does, what to expect, and the way back."""
    fill_in = f" (fill in {', '.join(step.fill_in)})" if step.fill_in else ""
    yield f"  {number}. {step.phase}: {step.title}{fill_in}"
    for command in step.commands:
        yield from (f"       {line}" for line in command.splitlines())


def _wrapped(text: str, first: str, other: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=other,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
