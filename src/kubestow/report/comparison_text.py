"""A Comparison document as text: one line an option, then what each asks, bars and consists of.

Law: shows what the JSON says and nothing else; estimates carry a mark.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.currency import format_money
from kubestow.report.table import (
    ESTIMATE_MARK,
    Column,
    Screen,
    fitting,
    heading,
    left_out_note,
    pairs,
    render,
    table,
)

Document = dict[str, Any]
_FLEET_MOST = 8
_PODS_NAMED = 3
_PARTS = (("instances", 2), ("fees", 3), ("storage", 4), ("control plane", 5))


def render_comparison(document: Document, screen: Screen) -> str:
    """Return the comparison as text."""
    options = ranked(document)
    bound = document["bound"]["usdPerHour"] * document["hoursPerMonth"]
    parts: list[Any] = [
        f"{document['pods']} pods in {document['region']}, {document['hoursPerMonth']:g} h a "
        f"month. No fleet of nodes from these NodePools costs less than "
        f"{format_money(bound, 'USD')} a month ({document['bound']['rung']}).",
        "",
    ]
    columns, left_out = fitting(_columns(options, document), screen.width)
    parts += [table(columns), *left_out_note(left_out)]
    if any(o["stranded"] for o in options):
        parts.append(
            "PENDING: pods that kube-scheduler leaves out of the worst order of arrival played on "
            "these nodes; an autoscaler adds nodes for them."
        )
    if any(o["cost"]["isEstimate"] for o in options):
        parts.append(f"{ESTIMATE_MARK} holds a price that is an estimate or unverified, see below.")
    for option in options:
        parts += ["", heading(option["title"]), *_details(option)]
    if document["assumptions"]:
        parts += ["", heading("Assumed"), *(f"  {text}" for text in document["assumptions"])]
    parts += ["", f"Prices: {'; '.join(document['priceSources'])}."]
    return render(parts, screen)


def ranked(document: Document) -> list[Document]:
    """Return the options: first those that run all pods and leave none Pending, cheapest first."""
    return sorted(
        document["options"],
        key=lambda o: (not o["runsAll"], bool(o["stranded"]), o["cost"]["usdPerMonth"]),
    )


def _columns(options: Sequence[Document], document: Document) -> list[Column]:
    local = next((o["cost"]["local"] for o in options if o["cost"]["local"]), None)
    bound = document["bound"]["usdPerHour"]
    columns = [
        Column("OPTION", tuple(o["title"] for o in options), right=False),
        Column("USD A MONTH", tuple(usd_text(o) for o in options)),
    ]
    if local is not None:
        cells = tuple(format_money(o["cost"]["local"]["perMonth"], local["code"]) for o in options)
        columns.append(Column(f"{local['code']} A MONTH", cells, drop=1))
    for name, drop in _PARTS:
        cells = tuple(f"{o['cost']['perMonthByPart'][name]:,.2f}" for o in options)
        columns.append(Column(name.upper(), cells, drop=drop))
    over = tuple(over_minimum(o, bound) for o in options)
    return [
        *columns,
        Column("OVER MINIMUM", over, drop=2),
        Column("NODES", tuple(str(o["nodes"]) for o in options)),
        Column("PENDING", tuple(_dash(o["stranded"]) for o in options), drop=2),
        Column("PODS", tuple(f"{o['pods']}/{document['pods']}" for o in options)),
    ]


def _dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def usd_text(option: Document) -> str:
    """Return what an option costs a month, marked where that holds an estimate."""
    mark = ESTIMATE_MARK if option["cost"]["isEstimate"] else ""
    return f"{mark}{option['cost']['usdPerMonth']:,.2f}"


def over_minimum(option: Document, bound: float) -> str:
    """Return by how much instances cost more than the minimum, if that is one for the option."""
    if not option["runsAll"] or not option["bounded"] or not bound:
        return "-"
    own = sum(p["usdPerHour"] for p in option["cost"]["parts"] if p["part"] == "instances")
    return f"{100 * (own / bound - 1):.0f} %"


def _details(option: Document) -> Iterator[str]:
    fleet = option["fleet"]
    for line in fleet[:_FLEET_MOST]:
        where = f" in {line['zone']}" if line["zone"] else ""
        spare = ""
        if line["podsMost"] > 1:
            spare = (
                f", {line['pods']} pods of {line['count'] * line['podsMost']} slots, spare cpu "
                f"{100 * line['spareCpu']:.0f} %, memory {100 * line['spareMemory']:.0f} %"
            )
        yield (
            f"  {line['count']} x {line['unit']}{where} at {line['usdPerHourEach']:g} USD/h{spare}"
        )
    if len(fleet) > _FLEET_MOST:
        yield f"  and {len(fleet) - _FLEET_MOST} more lines (-o json has all)"
    for item in option["cannotRun"]:
        named = ", ".join(item["pods"][:_PODS_NAMED])
        more = len(item["pods"]) - _PODS_NAMED
        field = f"{item['field']}: " if item["field"] else ""
        yield (
            f"  cannot run: {named}{f' and {more} more' if more > 0 else ''}: {field}"
            f"{item['reason']}"
        )
    operation = option["operation"]
    yield from pairs(
        [
            ("patched by", operation["patches"]),
            ("first pod", operation["firstPod"]),
            ("nodes live", operation["nodeLife"]),
        ]
    )
    for part in option["cost"]["parts"]:
        if part["isEstimate"]:
            yield f"  {ESTIMATE_MARK} {part['name']}: {part['source']}"
    for note in option["notes"]:
        yield f"  note: {note}"
