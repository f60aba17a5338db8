"""What a plan costs, as lines of text."""

from collections.abc import Iterator

from msgspec import UnsetType

from kubestow.model.currency import format_money
from kubestow.report.resilience_text import headroom_line
from kubestow.report.table import ESTIMATE_MARK
from kubestow.views.plan_cost_view import CostEntryView, PlanCostsView
from kubestow.views.plan_view import PlanView, RehearsalView


def money_lines(plan: PlanView) -> Iterator[str]:
    """Yield what the plan costs, each line with its name in the first 13 characters."""
    cost, bound = plan.cost, plan.bound
    line = f"  cost       {cost.usd_per_hour:.4f} USD/h   {cost.usd_per_month:,.2f} USD/month"
    if cost.local is not None:
        line += f"   {format_money(cost.local.per_month, cost.local.code)}/month"
    yield line
    yield from _costs(plan.costs)
    yield from _reservations(plan)
    existing = plan.existing
    if existing.nodes:
        unpriced = f", {existing.unpriced} of unknown price" if existing.unpriced else ""
        yield (
            f"  beside     {existing.usd_per_hour:.4f} USD/h for the {existing.nodes} existing "
            f"nodes at catalog prices{unpriced}; --from-scratch plans without them"
        )
    gap = bound.gap
    if gap is None:
        said = "no bound above zero is proven"
    else:
        said = f"the plan is at most {100 * gap:.2f} % above the cheapest possible"
    yield f"  minimum    {bound.usd_per_hour:.4f} USD/h proven ({bound.rung}): {said}"
    yield from headroom_line(plan.headroom)
    yield from _rehearsal(plan.rehearsal)


def _costs(costs: PlanCostsView | UnsetType) -> Iterator[str]:
    """Yield what of the cost is the instances', by whose prices, and what the extras'."""
    if not costs:
        return
    line = f"  of which   {costs.instances_usd_per_hour:.4f} USD/h instances"
    own = [f"{_named(e)} for {e.nodes}" for e in costs.prices if e.nodes]
    extras = [f"{_named(e)} {e.usd_per_hour:.4f}" for e in costs.extras if e.nodes]
    line += f" (prices: {', '.join(own)})" if own else ""
    line += f", {costs.extras_usd_per_hour:.4f} USD/h extras"
    yield line + (f": {', '.join(extras)}" if extras else "")


def _reservations(plan: PlanView) -> Iterator[str]:
    """Yield what is paid in any case, how much of it is used, and what all of it comes to."""
    if not plan.reservations:
        return
    for item in plan.reservations:
        running = f"{item.in_use_already} running already, " if item.in_use_already else ""
        where = f" in {item.zone}" if item.zone else ""
        yield (
            f"  reserved   {item.count} {item.instance_type}{where} ({item.name}): "
            f"{running}{item.planned} used, {item.unused} unused, "
            f"{item.committed_usd_per_hour:.4f} USD/h paid in any case"
        )
    total = plan.cost.usd_per_hour + (plan.cost.committed_usd_per_hour or 0.0)
    yield f"  in all     {total:.4f} USD/h for new and reserved nodes"


def _named(entry: CostEntryView) -> str:
    return f"{ESTIMATE_MARK if entry.is_estimate else ''}{entry.name}"


def _rehearsal(rehearsal: RehearsalView | None) -> Iterator[str]:
    """Yield what the scheduler's own cycle made of the plan, and what that cost."""
    if rehearsal is None:
        yield "  rehearsed  no: kube-scheduler may leave pods Pending here"
        return
    pending = rehearsal.pending or "no"
    line = f"  rehearsed  {rehearsal.orders} orders of arrival leave {pending} pods Pending"
    if rehearsal.stranded:
        extra = f"{rehearsal.extra_usd_per_hour:.4f} USD/h of the cost is for that"
        line += f"; {extra} ({rehearsal.stranded} were)"
    yield line
