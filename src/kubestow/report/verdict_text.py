"""The verdict on a certificate as text."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.report.table import Screen, heading, render
from kubestow.views.bound_verdict_view import BoundVerdictView

_FAILURES_SHOWN = 10
_SHOWN_BY = {
    "prices": "by resource prices",
    "grid": "by a dynamic program over cells",
    "dominance": "by a larger offering at the same price or less",
    "nothing fits": "because no pod with a value fits",
}


def render_verdict(view: BoundVerdictView, screen: Screen) -> str:
    """Render the verdict on a certificate."""
    what = "proves" if view.proven else "does not prove"
    claimed = f"{view.claimed_usd_per_hour:.4f} USD/h"
    title = f"{view.region}: the certificate {what} a minimum of {claimed}"
    lines = [heading(title), *_numbers(view), *_failures(view)]
    return render(lines, screen)


def _numbers(view: BoundVerdictView) -> Iterator[str]:
    if not view.offerings:
        return
    yield f"  proven     {view.proven_usd_per_hour:.4f} USD/h for {counted(view.pods, 'pod')}"
    shown = ", ".join(f"{n:,} {_SHOWN_BY[how]}" for how, n in view.shown.items())
    yield f"  offerings  {view.offerings:,}: {shown or 'none shown'}"
    if view.existing_nodes:
        yield f"  existing   {counted(view.existing_nodes, 'node')}, at the most that fits there"


def _failures(view: BoundVerdictView) -> Iterator[str]:
    failures = view.failures
    if failures:
        yield ""
    for item in failures[:_FAILURES_SHOWN]:
        yield f"  {item.rule} {item.subject}: {item.detail}"
    if len(failures) > _FAILURES_SHOWN:
        yield f"  and {len(failures) - _FAILURES_SHOWN:,} more: -o json lists all"
