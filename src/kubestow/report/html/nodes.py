"""A fleet as boxes filled by pods: a card per group, a box per load, a bar per dimension.

Everything comes from the fleet. Boxes name their workloads as text; colours and letters only repeat
which of the largest workloads a segment is.
"""

from collections.abc import Iterable, Iterator, Mapping

from kubestow.model.counted import counted
from kubestow.model.resources import CPU, MEMORY, format_amount
from kubestow.report.html.components import Segment, key, track
from kubestow.report.html.fleet import (
    DIMENSIONS,
    AlikeNodes,
    Figures,
    FleetFigure,
    NodeFigure,
    WorkloadFigure,
)
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.table import ESTIMATE_MARK

NAMES = ("cpu", "memory", "pod slots")
_STYLES = 21  # seven colours, each plain, striped and dotted: page.css
_BOXES_OPEN = 80  # with more boxes than this, cards are collapsed at first
_GIB = 2**30
_MIB = 2**20
_RESERVED = Segment(0, "held", "reserved for the system and the kubelet")
_DAEMONSETS = Segment(0, "daemons", "DaemonSets", "ds")
_HEADROOM = Segment(0, "headroom", "headroom", "+")
_OTHERS = Segment(0, "others", "smaller workloads")

Styles = Mapping[WorkloadFigure, Segment]


def amount_text(dimension: str, amount: int) -> str:
    """Format millicpu as cores, bytes as GiB or MiB, pod slots unchanged."""
    if dimension == CPU:
        return f"{amount / 1000:,.2f}".rstrip("0").rstrip(".")
    if dimension != MEMORY:
        return f"{amount:,}"
    if amount < _GIB:
        return f"{amount / _MIB:,.0f} MiB"
    return f"{amount / _GIB:,.1f} GiB"


def percent(part: int, whole: int) -> str:
    """Format a share as in the plan's table."""
    return f"{100 * part / whole:.0f} %" if whole else "-"


def nodes_view(fleet: FleetFigure, hours_per_month: float) -> Html:
    """Return the controls, the key and the cards."""
    styles = _styles(fleet)
    is_open = sum(len(group.loads) for group in fleet.groups) <= _BOXES_OPEN
    cards = [_card(group, styles, is_open, hours_per_month) for group in fleet.groups]
    return joined(
        _controls(sum(group.count for group in fleet.groups)),
        _key(fleet, styles),
        element("div", *cards, id="cards"),
    )


def fleet_segments(groups: Iterable[AlikeNodes], dimension: int) -> tuple[tuple[Segment, ...], int]:
    """Return the usage of all nodes together in one dimension, and the free amount."""
    held = pods = daemons = headroom = free = 0
    for group in groups:
        held += (group.capacity[dimension] - group.allocatable[dimension]) * group.count
        free += group.allocatable[dimension] * group.count
        for load in group.loads:
            for workload, count in load.parts:
                taken = workload.figures[dimension] * count * len(load.nodes)
                free -= taken
                daemons += taken if workload.is_daemonset else 0
                headroom += taken if workload.is_headroom else 0
                pods += 0 if workload.is_daemonset or workload.is_headroom else taken
    segments = (
        _sized(_RESERVED, held),
        _sized(_DAEMONSETS, daemons),
        Segment(pods, "pods", "pods", "P"),
        _sized(_HEADROOM, headroom),
        Segment(free, "free", "unused"),
    )
    return segments, free


def _sized(segment: Segment, amount: int) -> Segment:
    return Segment(amount, segment.style, segment.name, segment.mark)


def _styles(fleet: FleetFigure) -> dict[WorkloadFigure, Segment]:
    """Return a colour and a letter for each of the largest workloads."""
    return {
        workload: Segment(0, f"w{number}", workload.name, chr(ord("A") + number))
        for number, (workload, _) in enumerate(fleet.workloads[:_STYLES])
    }


def _controls(count: int) -> Html:
    orders = (
        ("plan", "as planned"),
        ("cost", "most expensive first"),
        ("empty", "emptiest first"),
        ("full", "fullest first"),
        ("zone", "by zone"),
        ("type", "by type"),
    )
    return element(
        "form",
        element(
            "label",
            "Filter ",
            element(
                "input",
                type="search",
                id="filter",
                placeholder="type, zone, workload, pod",
                autocomplete="off",
            ),
        ),
        element(
            "label",
            "Sort ",
            element(
                "select",
                *(element("option", text, value=value) for value, text in orders),
                id="order",
                autocomplete="off",
            ),
        ),
        element("button", "Expand all", type="button", id="open"),
        element("button", "Collapse all", type="button", id="close"),
        element("output", counted(count, "node"), id="shown", aria_live="polite", data_all=count),
        class_="controls",
        id="controls",
        aria_label="Node list controls",
        hidden=True,
    )


def _key(fleet: FleetFigure, styles: Styles) -> Html:
    items = [
        (styles[workload], f"{workload.name}, {counted(count, 'pod')}")
        for workload, count in fleet.workloads[:_STYLES]
    ]
    rest = fleet.workloads[_STYLES:]
    if rest:
        total = sum(count for _, count in rest)
        items.append((_OTHERS, f"{len(rest):,} smaller workloads, {counted(total, 'pod')}"))
    loads = [load for group in fleet.groups for load in group.loads]
    workloads = [workload for load in loads for workload, _ in load.parts]
    if any(workload.is_daemonset for workload in workloads):
        items.append((_DAEMONSETS, "DaemonSets"))
    if any(workload.is_headroom for workload in workloads):
        items.append((_HEADROOM, "headroom"))
    items.append((_RESERVED, _RESERVED.name))
    items.append((Segment(0, "free"), "unused"))
    summary = element("summary", "Legend: colours and letters")
    return element("details", summary, key(items), open=True, class_="keybox")


def _card(group: AlikeNodes, styles: Styles, is_open: bool, hours_per_month: float) -> Html:
    node, usd = group.node, group.usd_per_hour
    name = node.instance_type or node.name
    estimate = ESTIMATE_MARK if node.price_is_estimate else ""
    if group.status == "new":
        price = f"{estimate}{usd:.4f} USD/h, {estimate}{usd * hours_per_month:,.2f} USD/month"
    else:
        price = f"{group.status}, adds no cost"
    marks: list[Child] = [node.zone, node.capacity_type, node.node_pool]
    if group.status == "reserved":
        marks.append(f"reserved: {node.reservation}")
    if group.fill_order:
        marks.append(f"filled {group.fill_order}")
    if group.status == "new" and node.price_is_estimate:
        marks.append(f"{ESTIMATE_MARK} estimated price")
    several = len(group.loads) > 1 or group.count > 1
    head = element(
        "summary",
        element("span", element("b", f"{group.count:,} × {name}"), class_="what"),
        element("span", *(element("span", m, class_="mark") for m in marks if m), class_="marks"),
        element("span", price, class_="price"),
        _tracks(group, group.requested, group.count, _all_parts(group), styles)
        if several
        else None,
    )
    boxes = [_box(group, load, styles) for load in group.loads]
    fill = max(
        (asked / (there * group.count) if there else 0.0)
        for asked, there in zip(group.requested[:2], group.allocatable[:2], strict=True)
    )
    return element(
        "details",
        head,
        element("div", *boxes, class_="boxes"),
        class_="card",
        open=is_open,
        data_cost=f"{usd:.6f}",
        data_fill=f"{fill:.4f}",
        data_zone=node.zone,
        data_type=name,
    )


def _all_parts(group: AlikeNodes) -> list[tuple[WorkloadFigure, int]]:
    counts: dict[WorkloadFigure, int] = {}
    for load in group.loads:
        for workload, count in load.parts:
            counts[workload] = counts.get(workload, 0) + count * len(load.nodes)
    return list(counts.items())


def _tracks(
    group: AlikeNodes,
    requested: Figures,
    nodes: int,
    parts: Iterable[tuple[WorkloadFigure, int]],
    styles: Styles,
    *,
    titled: bool = True,
) -> Html:
    """Return the three bars of one or more nodes; the full width is the instances' capacity."""
    workloads = list(parts)
    rows = []
    for number, name in enumerate(NAMES):
        allocatable, used = group.allocatable[number] * nodes, requested[number]
        whole = group.capacity[number] * nodes
        dimension = DIMENSIONS[number]
        share = percent(used, allocatable)
        amounts = f"{amount_text(dimension, used)} of {amount_text(dimension, allocatable)}"
        label = f"{name} {share}: {amounts}"
        reserved = _sized(_RESERVED, whole - allocatable)
        segments = (reserved, *_segments(workloads, number, styles))
        rows.append(
            element(
                "span",
                element("span", name, class_="dimension"),
                track(segments, whole, label, titled=titled),
                element("span", share, class_="share"),
                class_="row",
            )
        )
    return element("span", *rows, class_="rows")


def _segments(
    parts: Iterable[tuple[WorkloadFigure, int]], dimension: int, styles: Styles
) -> Iterator[Segment]:
    """Yield DaemonSets, the workloads in the order of the legend, the others, and headroom."""
    daemons = others = headroom = 0
    taken: dict[str, Segment] = {}
    for workload, count in parts:
        amount = workload.figures[dimension] * count
        if workload.is_daemonset:
            daemons += amount
        elif workload.is_headroom:
            headroom += amount
        elif workload in styles:
            taken[styles[workload].mark] = _sized(styles[workload], amount)
        else:
            others += amount
    yield _sized(_DAEMONSETS, daemons)
    yield from (taken[mark] for mark in sorted(taken))
    yield _sized(_OTHERS, others)
    yield _sized(_HEADROOM, headroom)


def _box(group: AlikeNodes, load: NodeFigure, styles: Styles) -> Html:
    count = len(load.nodes)
    name = load.nodes[0][0]
    title = name if count == 1 else f"{count:,} identical: {name} …"
    head = element(
        "summary",
        element("span", title, class_="name"),
        _tracks(group, load.requested, 1, load.parts, styles, titled=False),
    )
    return element(
        "details",
        head,
        element("ul", *(_part(*part, styles) for part in load.parts), class_="parts"),
        _whose(load),
        class_="box",
        data_count=count,
    )


def _part(workload: WorkloadFigure, count: int, styles: Styles) -> Html:
    segment = styles.get(workload, _OTHERS)
    if workload.is_daemonset:
        segment = _DAEMONSETS
    elif workload.is_headroom:
        segment = _HEADROOM
    cpu = format_amount(CPU, workload.cpu_milli * count)
    memory = amount_text(MEMORY, workload.memory_bytes * count)
    return element(
        "li",
        element("i", segment.mark, class_=f"swatch {segment.style}", aria_hidden="true"),
        element("b", f"{count} × {workload.name}"),
        element("small", f" {cpu} cpu, {memory}"),
    )


def _whose(load: NodeFigure) -> Html:
    """Return each node with its pods."""
    lines = [
        element("li", element("b", name), f": {', '.join(pods) or 'DaemonSets only'}")
        for name, pods in load.nodes
    ]
    return element("ul", *lines, class_="whose")
