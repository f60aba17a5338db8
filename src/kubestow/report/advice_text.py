"""An advice as text: what runs, what it could be, where the difference is, what to do first."""

from collections.abc import Iterable, Iterator
from typing import Any

from kubestow.model.advice import HELD
from kubestow.model.counted import counted
from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
from kubestow.report.table import Column, Screen, fitting, heading, omitted_note, render, table
from kubestow.views.advice_view import AdviceStep, AdviceView, AdvisedView, FleetView, advice_steps
from kubestow.views.cluster_view import HourlyCostView, ReservedNodesView

_NAMED = 4
_KINDS_NAMED = 4
_REASONS_MOST = 6


def render_advice(advice: AdviceView, screen: Screen) -> str:
    """Return the advice as text."""
    parts: list[Any] = [*headline(advice), "", heading("What it could cost")]
    parts += [*_steps(advice, screen), *remarks(advice), ""]
    parts += [heading("What would be done next, if it were carried out"), *_next(advice, screen)]
    for decision in advice.decisions:
        parts += _stays(decision)
    if advice.rests:
        parts += ["", heading("Where it would rest, if it were left alone"), *rests(advice)]
    parts += ["", *way_on(advice)]
    parts += [f"Prices: {'; '.join(advice.price_sources)}."]
    return render(parts, screen)


def headline(advice: AdviceView) -> Iterator[str]:
    """Yield what runs, what it costs, and how far that is from the minimum."""
    pending = f", {counted(advice.pending_pods, 'pod')} Pending" if advice.pending_pods else ""
    yield (
        f"{advice.cluster} in {advice.region}: {counted(advice.nodes, 'node')}, "
        f"{counted(advice.pods, 'pod')}{pending}. They cost {cost_text(advice.cost)}."
    )
    yield from unused_text(advice.reservations)
    minimum, gap = advice.minimum, advice.minimum.gap
    if gap is None:
        yield "No minimum is proven for them."
    elif gap < 0:
        yield (
            f"That is less than {minimum.usd_per_hour:.4f} USD/hour, the proven minimum from the "
            "pools that there are: what runs is not what they would launch, or is packed otherwise."
        )
    else:
        yield (
            f"That is {percent_text(gap)} above {minimum.usd_per_hour:.4f} USD/hour, the proven "
            f"minimum of any fleet from these pools for the pods that run ({advice.rung})."
        )
    if advice.unpriced_nodes:
        yield f"{counted(advice.unpriced_nodes, 'node')} without a known price: not counted, kept."


def unused_text(reservations: Iterable[ReservedNodesView]) -> Iterator[str]:
    """Yield what is paid for reserved nodes that do not run, if there are any."""
    unused = [item for item in reservations if item.in_use < item.count]
    if unused:
        usd = sum(item.unused_usd_per_hour for item in unused)
        named = _named(
            tuple(
                f"{item.count - item.in_use} of {item.count} {item.instance_type} ({item.name})"
                for item in unused
            )
        )
        yield f"Of that, {usd:.4f} USD/hour is for reserved nodes that do not run: {named}."


def cost_text(cost: HourlyCostView) -> str:
    """Return a cost an hour and a month, in the user's currency too."""
    local = f", {local_text(cost.local)}" if cost.local else ""
    return f"{cost.usd_per_hour:.4f} USD/hour ({cost.usd_per_month:,.2f} USD/month{local})"


def _steps(advice: AdviceView, screen: Screen) -> Iterator[Any]:
    steps = advice_steps(advice)
    columns, omitted = fitting(
        [
            Column("", tuple(_indented(step) for step in steps), right=False),
            Column("USD/HOUR", tuple(_signed(step, step.usd_per_hour, ".4f") for step in steps)),
            Column(
                "USD/MONTH", tuple(_signed(step, step.usd_per_month, ",.2f") for step in steps),
                drop=1,
            ),
            Column("NODES", tuple(fleet_text(step.fleet) for step in steps), drop=2, right=False),
        ],
        screen.width,
    )  # fmt: skip
    yield table(columns)
    yield from omitted_note(omitted)


def _indented(step: AdviceStep) -> str:
    return step.title if step.is_total else f"  {step.title}"


def _signed(step: AdviceStep, number: float, form: str) -> str:
    return f"{number:{form}}" if step.is_total else f"{number:+{form}}"


def fleet_text(fleet: FleetView | None) -> str:
    """Return a fleet's nodes by kind; empty for None."""
    if fleet is None:
        return ""
    kinds = [
        f"{kind.nodes} {_kind(kind.instance_type, kind.capacity_type)}" for kind in fleet.kinds
    ]
    named = ", ".join(kinds[:_KINDS_NAMED]) + (", ..." if len(kinds) > _KINDS_NAMED else "")
    new = sum(kind.nodes for kind in fleet.kinds)
    staying = f", {fleet.nodes - new} that stay" if fleet.nodes > new else ""
    if not named:
        return str(fleet.nodes)
    is_one_kind = len(kinds) == 1 and not staying
    return named if is_one_kind else f"{fleet.nodes}: {named}{staying}"


def _kind(instance_type: str, capacity_type: str) -> str:
    return f"{instance_type} (spot)" if capacity_type == "spot" else instance_type


def remarks(advice: AdviceView) -> Iterator[str]:
    """Yield what to know of the figures."""
    if any(waste.cause == HELD for waste in advice.wastes):
        yield "Held: pods that must not be evicted now, or that budgets hold, keep their nodes."
    if advice.spot.cost.usd_per_hour < advice.cheapest.cost.usd_per_hour:
        yield (
            "Pods that run on demand stay on demand. If all could run on spot: "
            f"{cost_text(advice.spot.cost)}, {fleet_text(advice.spot)}."
        )
    yield (
        f"DaemonSets and static pods request {cost_text(advice.daemon_sets)} of the nodes, by the "
        "larger share of cpu and memory."
    )
    if advice.unused_requests is not None:
        yield (
            f"Requested and not used now: {cost_text(advice.unused_requests)}, by the same measure."
        )
    if advice.assumed_pools:
        names = ", ".join(advice.assumed_pools[:_NAMED])
        more = f" and {len(advice.assumed_pools) - _NAMED} more" if len(
            advice.assumed_pools) > _NAMED else ""  # fmt: skip
        yield (
            f"Node groups known by their nodes alone ({names}{more}) are taken to be free in their "
            "instance types, and to keep zones, labels, taints and capacity types. --nodepool or "
            "--cluster-config says what they really may be."
        )
    if advice.immovable:
        yield (
            f"{counted(len(advice.immovable), 'pod')} on nodes that stay in every plan, because "
            "their price is not known or no pool could run a pod of theirs: "
            f"{_named(advice.immovable)}."
        )
    for note in advice.notes:
        yield f"note: {note}"
    yield (
        "The plans are for pods that kubestow lands; kube-scheduler alone may need more nodes: "
        "'kubestow plan --from-scratch' shows both."
    )


def _named(items: tuple[str, ...]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more


def _next(advice: AdviceView, screen: Screen) -> Iterator[Any]:
    rows = advice.decisions
    columns, omitted = fitting(
        [
            Column("POLICY", tuple(item.policy for item in rows), right=False),
            Column("AFTER", tuple(f"{item.after_seconds} s" for item in rows), drop=3),
            Column("REMOVES", tuple(_named(item.removes) or "-" for item in rows), right=False),
            Column(
                "LAUNCHES",
                tuple(fleet_text(i.launches) if i.launches.nodes else "-" for i in rows),
                drop=1,
                right=False,
            ),
            Column("EVICTS", tuple(str(len(item.evicted)) for item in rows), drop=2),
            Column("USD/MONTH", tuple(f"{-i.saving_usd_per_month + 0.0:+,.2f}" for i in rows)),
            Column("WHY", tuple(", ".join(i.reasons) or "-" for i in rows), drop=4, right=False),
        ],
        screen.width,
    )
    yield table(columns)
    yield from omitted_note(omitted)


def launched_text(decision: AdvisedView) -> str:
    """Return the nodes that a decision launches; a dash for none."""
    return fleet_text(decision.launches) if decision.launches.nodes else "-"


def rests(advice: AdviceView) -> Iterator[str]:
    """Yield where each policy would come to rest, from what the nodes cost now."""
    for rest in advice.rests:
        if rest.obstacle:
            yield f"{rest.policy}: not known: {rest.obstacle}"
            continue
        pods = f", {counted(len(rest.pending), 'pod')} Pending" if rest.pending else ""
        when = (
            f"after {rest.after_seconds / 60:.0f} min"
            if rest.rests
            else f"not within {counted(rest.limit_seconds // 3_600, 'hour')}; then"
        )
        yield (
            f"{rest.policy}: {when} {cost_text(rest.fleet.cost)}, "
            f"{-rest.saving_usd_per_month + 0.0:+,.2f} USD/month, {fleet_text(rest.fleet)}, "
            f"{counted(rest.evictions, 'eviction')}{pods}"
        )
        for note in rest.left_out:
            yield f"note: {rest.policy}: {note}"


def _stays(decision: AdvisedView) -> Iterator[Any]:
    """Yield why nodes stay."""
    reasons = kept_by_reason(decision)
    if not reasons:
        return
    yield f"Nodes that {decision.policy} keeps:"
    for reason, nodes in reasons[:_REASONS_MOST]:
        first = f"{nodes[0]} and {len(nodes) - 1} more" if len(nodes) > 1 else nodes[0]
        yield f"  {counted(len(nodes), 'node')}: {reason}: {first}"


def kept_by_reason(decision: AdvisedView) -> list[tuple[str, list[str]]]:
    """Return the nodes that a policy keeps by the reason, that of most nodes first."""
    by_reason: dict[str, list[str]] = {}
    for kept in decision.kept:
        named = f"{kept.node} ({kept.subject})" if kept.subject else kept.node
        by_reason.setdefault(kept.reason, []).append(named)
    return sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))


def way_on(advice: AdviceView) -> Iterator[str]:
    """Yield what could be saved now, and the commands that go on from here."""
    if advice.saving.usd_per_hour:
        yield (
            f"Nothing was changed. {cost_text(advice.saving)} could be saved without moving what "
            "must stay."
        )
    else:
        yield "Nothing was changed, and nothing is to be saved now."
    yield (
        "Next: 'kubestow plan --from-scratch' plans these nodes in full, 'kubestow migrate' moves "
        "pods to them in waves that end, 'kubestow compare' compares EKS's ways to run them."
    )
