"""A plan as text: nodes of one type, zone and NodePool are one row."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.counted import counted
from kubestow.model.headroom import is_headroom
from kubestow.model.quantity import milli_value, parse_quantity
from kubestow.report.numbers_text import percent_text
from kubestow.report.plan_money_text import money_lines
from kubestow.report.resilience_text import launch_lists, spot_diversity
from kubestow.report.table import (
    ESTIMATE_MARK,
    Column,
    Screen,
    fitting,
    heading,
    omitted_note,
    render,
    table,
)
from kubestow.report.unschedulable_text import nearest_lines, reason_lines, unschedulable_lines
from kubestow.views.kinds_view import KindsView
from kubestow.views.plan_view import PlanView
from kubestow.views.planned_node_view import PlannedNodeView
from kubestow.views.pod_explanation_view import PodExplanationView

_TYPES_NAMED = 4


def render_plan(plan: PlanView, screen: Screen) -> str:
    """Render the whole plan."""
    nodes = plan.new_nodes
    reserved = [node for node in plan.nodes if node.is_used_reservation]
    existing = [node for node in plan.nodes if node.is_there]
    parts: list[Any] = [heading(title_of(plan)), *money_lines(plan), ""]
    for title, group in (
        ("", nodes),
        ("Reserved nodes, filled first (not running yet: launch them too)", reserved),
        ("Existing nodes, filled first", existing),
    ):
        if not group:
            continue
        columns = _columns(_groups(group), plan.cost.hours_per_month)
        columns, omitted = fitting(columns, screen.width)
        parts += [heading(title)] if title else []
        parts += [table(columns), *omitted_note(omitted), *_alike(group), ""]
    parts += kinds_lines(plan, screen)
    parts += unschedulable_lines(plan.unschedulable)
    parts += spot_diversity(plan.spot_diversity)
    parts += launch_lists(nodes)
    parts += _notes(plan)
    return render(parts, screen)


def render_pod(explanation: PodExplanationView, screen: Screen) -> str:
    """Render what the plan says about one pod."""
    node = explanation.node
    if not node:
        why = [*reason_lines(explanation.reasons or ()), *nearest_lines(explanation.nearest)]
        return render([heading(f"{explanation.pod} cannot run"), *why], screen)
    kind = "existing node" if node.is_there else f"new {node.instance_type}"
    if node.reservation:
        kind = f"reserved {node.instance_type} (already paid for, not running yet)"
    lines = [
        heading(f"{explanation.pod} runs on {node.name}"),
        f"  {kind} in {node.zone}, NodePool {node.node_pool or '-'}, "
        f"{node.capacity_type or '-'}, {node.usd_per_hour:.4f} USD/h",
        f"  with {counted(len(node.pods) - 1, 'other pod')} and "
        f"{counted(len(node.daemon_set_pods), 'DaemonSet pod')}",
        *(
            f"  {name}: {text} of {node.allocatable.get(name, '0')} requested"
            for name, text in node.requested.items()
        ),
    ]
    return render(lines, screen)


def title_of(plan: PlanView) -> str:
    """Summarise the plan in one line."""
    pods = counted(sum(len(node.pods) for node in plan.nodes), "pod")
    new = counted(len(plan.new_nodes), "new node")
    kinds = {node.instance_type for node in plan.new_nodes}
    new += f" of {counted(len(kinds), 'kind')}" if kinds else ""
    reserved = sum(node.is_used_reservation for node in plan.nodes)
    old = sum(node.is_there for node in plan.nodes)
    more = f", {reserved} reserved" if reserved else ""
    more += f" and {old} existing" if old else ""
    left = sum(not is_headroom(item.pod) for item in plan.unschedulable)
    cannot = f"; {left} cannot run" if left else ""
    return f"{plan.region}: {pods} on {new}{more}{cannot}"


def _groups(nodes: Sequence[PlannedNodeView]) -> list[list[PlannedNodeView]]:
    groups: dict[tuple[object, ...], list[PlannedNodeView]] = {}
    for node in nodes:
        key = (
            node.instance_type,
            node.zone,
            node.node_pool,
            node.capacity_type,
            node.price_is_estimate,
            node.fill_order,
        )
        groups.setdefault(key, []).append(node)
    return list(groups.values())


def _alike(nodes: Sequence[PlannedNodeView]) -> Iterator[str]:
    """Yield what is the same of all nodes, and so has no column."""
    pools, capacities = {n.node_pool for n in nodes}, {n.capacity_type for n in nodes}
    same = [f"{next(iter(capacities))}"] if len(capacities) == 1 and any(capacities) else []
    same += [f"of NodePool {next(iter(pools))}"] if len(pools) == 1 and any(pools) else []
    if same:
        yield f"all {', '.join(same)}"


def kinds_lines(plan: PlanView, screen: Screen) -> Iterator[Any]:
    """Yield what few instance types cost, as a table; the one that is planned with is marked."""
    kinds = plan.kinds
    if kinds is None or len(kinds.costs) < 2:
        return
    costs, least = kinds.costs, plan.bound.usd_per_hour
    yield heading("Fewer kinds of nodes" + (", if kubestow lands the pods" if least else ""))
    columns, omitted = fitting(
        [
            Column("KINDS", tuple("any" if c.kinds is None else str(c.kinds) for c in costs)),
            Column("NODES", tuple(str(c.nodes) for c in costs)),
            Column("USD/H", tuple(f"{c.usd_per_hour:.4f}" for c in costs)),
            Column("USD/MONTH", tuple(f"{c.usd_per_month:,.2f}" for c in costs), drop=1),
            Column(
                "OVER MINIMUM",
                tuple("-" if c.gap is None else percent_text(c.gap) for c in costs),
            ),
            Column("", tuple("planned" if c.shown else "" for c in costs), right=False),
            Column("TYPES", tuple(_named(c.instance_types) for c in costs), right=False, drop=2),
        ],
        screen.width,
    )
    yield table(columns)
    yield from omitted_note(omitted)
    yield kinds_choice(kinds)
    yield ""


def kinds_choice(kinds: KindsView) -> str:
    """Return why the plan has as many kinds as it has."""
    if not kinds.enough:
        return "planned: the fewest kinds found that can run the pods; --kinds asks for fewer"
    share = percent_text(kinds.within)
    return (
        f"planned: the fewest kinds within {share} of the cheapest, or as --kinds says (a number, "
        "few or any)"
    )


def _named(types: Sequence[str]) -> str:
    shown = types if len(types) <= _TYPES_NAMED else types[: _TYPES_NAMED - 1]
    more = len(types) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _columns(groups: list[list[PlannedNodeView]], hours: float) -> list[Column]:
    first = [group[0] for group in groups]
    marks = [ESTIMATE_MARK if node.price_is_estimate else "" for node in first]
    hourly = [sum(node.usd_per_hour for node in group) for group in groups]

    marked = list(zip(marks, hourly, strict=True))

    def share(name: str) -> tuple[str, ...]:
        return tuple(_share(group, name) for group in groups)

    varying = [
        Column("FILL", tuple(n.fill_order for n in first), right=False, drop=3),
        Column("NODEPOOL", tuple(n.node_pool for n in first), right=False, drop=5),
        Column("CAPACITY", tuple(n.capacity_type for n in first), right=False, drop=4),
    ]
    return [
        Column("NODES", tuple(str(len(group)) for group in groups)),
        Column("TYPE", tuple(n.instance_type or n.name for n in first), right=False, style="bold"),
        Column("ZONE", tuple(n.zone for n in first), right=False, drop=3),
        *(column for column in varying if len(set(column.cells)) > 1),
        Column("PODS EACH", tuple(_pods_each(group) for group in groups)),
        Column("CPU", share("cpu")),
        Column("MEMORY", share("memory")),
        Column("POD SLOTS", share("pods"), drop=2),
        Column("USD/H", tuple(f"{m}{h:.4f}" for m, h in marked)),
        Column("USD/MONTH", tuple(f"{m}{h * hours:,.2f}" for m, h in marked), drop=1),
    ]


def _pods_each(group: list[PlannedNodeView]) -> str:
    counts = sorted(len(node.pods) for node in group)
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]}-{counts[-1]}"


def _share(group: list[PlannedNodeView], name: str) -> str:
    requested = sum(milli_value(parse_quantity(node.requested[name])) for node in group)
    allocatable = sum(milli_value(parse_quantity(node.allocatable[name])) for node in group)
    return f"{100 * requested / allocatable:.0f} %" if allocatable else "-"


def fill_order_notes(plan: PlanView) -> Iterator[str]:
    """Yield what to set up so that some nodes are filled after the others."""
    count = plan.rehearsal.fill_order_nodes if plan.rehearsal else 0
    if count:
        verb = "is" if count == 1 else "are"
        yield (
            f"{counted(count, 'node')} {verb} filled after the others: set the PreferNoSchedule "
            "taints that -o json lists on their NodePool or node group, or large pods may not fit"
        )


def _notes(plan: PlanView) -> Iterator[str]:
    nodes = plan.new_nodes
    if any(node.price_is_estimate for node in nodes):
        yield f"{ESTIMATE_MARK} estimated, not a quoted price; -o json names its source"
    daemons = sorted({len(node.daemon_set_pods) for node in nodes})
    if daemons and daemons[-1]:
        most = daemons[-1]
        count = f"{daemons[0]}-{most}" if most != daemons[0] else str(most)
        pods = "DaemonSet pod" if most == 1 else "DaemonSet pods"
        yield f"each node also runs {count} {pods}, included in the percentages"
    yield from fill_order_notes(plan)
    yield from (f"note: {line}" for line in plan.assumptions)
    for item in plan.ignored:
        yield f"ignored: {item.count} {item.kind}: {item.reason}"
    yield f"prices: {'; '.join(plan.price_sources)}"
    if nodes:
        yield (
            "next: --emit karpenter, eksctl or kubectl writes these nodes as configuration; "
            "-o html > plan.html shows every node and pod"
        )
    timing = plan.timing
    if timing:
        rehearsed = timing.rehearsal_seconds
        more = f", rehearsed in {rehearsed:.2f} s" if plan.placements.kube_scheduler else ""
        yield (f"read in {timing.read_seconds:.2f} s, solved in {timing.solve_seconds:.2f} s{more}")
