"""What a plan costs, as lines of text."""

from collections.abc import Iterator

from msgspec import UnsetType

from kubestow.model.counted import agreeing, counted
from kubestow.model.currency import format_money
from kubestow.report.numbers_text import percent_text
from kubestow.report.placements_text import placement_lines
from kubestow.report.resilience_text import headroom_line
from kubestow.report.table import ESTIMATE_MARK
from kubestow.views.plan_cost_view import CostEntryView, PlanCostsView
from kubestow.views.plan_view import BoundView, PlanView, RehearsalView


def money_lines(plan: PlanView) -> Iterator[str]:
    """Yield the lines about the plan's cost; the first 13 characters of each are its name."""
    cost, bound = plan.cost, plan.bound
    line = f"  cost       {cost.usd_per_hour:.4f} USD/h   {cost.usd_per_month:,.2f} USD/month"
    if cost.local is not None:
        line += f"   {format_money(cost.local.per_month, cost.local.code)}/month"
    yield line
    surplus = cost.surplus_credits_usd_per_hour
    if surplus:
        yield (f"  credits    {surplus:.4f} USD/h of it surplus CPU credits of t types (--cpu-use)")
    for part in cost.beside:
        mark = ESTIMATE_MARK if part.is_estimate else ""
        month = part.usd_per_hour * cost.hours_per_month
        yield (
            f"  beside     {mark}{part.usd_per_hour:.4f} USD/h   {month:,.2f} USD/month for "
            f"{part.name}"
        )
    yield from _costs(plan.costs)
    yield from _reservations(plan)
    existing = plan.existing
    if existing.nodes:
        unpriced = f", {existing.unpriced} of unknown price" if existing.unpriced else ""
        yield (
            f"  existing   {existing.usd_per_hour:.4f} USD/h for the "
            f"{counted(existing.nodes, 'existing node')} at catalog prices{unpriced}; "
            f"--from-scratch plans without {agreeing(existing.nodes, 'it', 'them')}"
        )
    yield f"  minimum    {bound.usd_per_hour:.4f} USD/h proven ({bound.rung}): {gap_text(bound)}"
    yield from headroom_line(plan.headroom)
    if plan.rehearsal is not None:
        yield _rehearsal(plan.rehearsal)
    yield from placement_lines(plan.placements, rehearsed=plan.rehearsal is not None)


def gap_text(bound: BoundView) -> str:
    """Return how far the plan can be from the cheapest one."""
    if bound.gap is None:
        return "no minimum above zero was proven"
    return f"at most {percent_text(bound.gap)} above the cheapest possible plan"


def _costs(costs: PlanCostsView | UnsetType) -> Iterator[str]:
    """Yield the shares of the instances, with their price overrides, and of the extras."""
    if not costs:
        return
    line = f"  of which   {costs.instances_usd_per_hour:.4f} USD/h instances"
    own = [f"{_named(e)} for {e.nodes}" for e in costs.prices if e.nodes]
    extras = [f"{_named(e)} {e.usd_per_hour:.4f}" for e in costs.extras if e.nodes]
    line += f" (prices: {', '.join(own)})" if own else ""
    line += f", {costs.extras_usd_per_hour:.4f} USD/h extras"
    yield line + (f": {', '.join(extras)}" if extras else "")


def _reservations(plan: PlanView) -> Iterator[str]:
    """Yield the reservations, how much of each is used, and the total cost."""
    if not plan.reservations:
        return
    for item in plan.reservations:
        running = f"{item.in_use_already} already running, " if item.in_use_already else ""
        where = f" in {item.zone}" if item.zone else ""
        yield (
            f"  reserved   {item.count} {item.instance_type}{where} ({item.name}): "
            f"{running}{item.planned} used, {item.unused} unused, "
            f"{item.committed_usd_per_hour:.4f} USD/h committed"
        )
    total = plan.cost.usd_per_hour + (plan.cost.committed_usd_per_hour or 0.0)
    yield f"  total      {total:.4f} USD/h for new and reserved nodes"


def _named(entry: CostEntryView) -> str:
    return f"{ESTIMATE_MARK if entry.is_estimate else ''}{entry.name}"


def _rehearsal(rehearsal: RehearsalView) -> str:
    """Return the result of the rehearsal, and what it added to the cost."""
    pending = counted(rehearsal.pending, "pod") if rehearsal.pending else "no pods"
    orders = counted(rehearsal.orders, "arrival order")
    line = f"  rehearsed  {pending} left Pending in {orders}"
    if rehearsal.stranded:
        line += f"; {mended_text(rehearsal)}"
    return line


def mended_text(rehearsal: RehearsalView) -> str:
    """Return what it cost to place the pods that were first left Pending."""
    stranded = counted(rehearsal.stranded, "stranded pod")
    return f"{rehearsal.extra_usd_per_hour:.4f} USD/h added to place {stranded}"
