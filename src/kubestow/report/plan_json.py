"""A Plan as JSON: the stable shape of docs/schema/plan.v1alpha1.json.

Law: the same plan gives the same bytes; only ``timing`` differs from run to run. Money leaves the
integers here.
"""

import json
from collections.abc import Iterable
from typing import Any

from kubestow.model.costs import Costs, Extra, Override
from kubestow.model.currency import rounded_to_minor_unit
from kubestow.model.headroom import is_headroom
from kubestow.model.instance_type import NANO_USD, ON_DEMAND
from kubestow.model.plan import Plan, PlannedNode, Unschedulable
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.resources import CPU, MEMORY, PODS, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.report import resilience_json
from kubestow.views.settings import Settings

Document = dict[str, Any]
API_VERSION = "kubestow.dev/v1alpha1"


def plan_document(
    plan: Plan, snapshot: Snapshot, settings: Settings, seconds: tuple[float, float, float] | None
) -> Document:
    """Return the plan's document; ``seconds`` are those of reading, solving and rehearsing."""
    cluster = snapshot.cluster
    usage = _requests_by_pod(snapshot)
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "region": plan.region,
        "cost": _cost(plan, settings),
        "bound": {
            "usdPerHour": plan.bound.nano_usd_per_hour / NANO_USD,
            "gap": None if plan.gap is None else round(plan.gap, 6),
            "rung": plan.bound.rung,
        },
        "rehearsal": _rehearsal(plan),
        "existing": _existing(plan, snapshot),
        "nodes": [_node(node, usage) for node in plan.nodes],
        "unschedulable": [_unschedulable(item) for item in plan.unschedulable],
        "ignored": [
            {"kind": item.kind, "count": item.count, "reason": item.reason}
            for item in cluster.ignored
        ],
        "assumptions": list(plan.assumptions),
        "priceSources": list(snapshot.catalog.sources),
    }
    held = resilience_json.headroom(plan, snapshot)
    if held is not None:
        document["headroom"] = held
    if snapshot.catalog.costs is not None:
        document["costs"] = _costs(plan, snapshot.catalog.costs)
        if snapshot.catalog.costs.reservations:
            entries = _reservations(plan, snapshot.catalog.costs)
            document["reservations"] = entries
            committed = sum(round(e["committedUsdPerHour"] * NANO_USD) for e in entries)
            document["cost"]["committedUsdPerHour"] = committed / NANO_USD
    if seconds is not None:
        document["timing"] = {
            "readSeconds": round(seconds[0], 3),
            "solveSeconds": round(seconds[1], 3),
            "rehearsalSeconds": round(seconds[2], 3),
        }
    return document


def encode(document: Document, pod: str | None = None) -> str:
    """Return the document as text; with ``pod``, only that pod's part of it."""
    if pod is not None:
        document = pod_document(document, pod)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def pod_document(document: Document, pod: str) -> Document:
    """Return what the plan says of one pod."""
    head = {"apiVersion": API_VERSION, "kind": "PodExplanation", "pod": pod}
    for item in document["unschedulable"]:
        if item["pod"] == pod:
            return head | {"schedulable": False} | {k: v for k, v in item.items() if k != "pod"}
    node = next(node for node in document["nodes"] if pod in node["pods"])
    return head | {"schedulable": True, "node": node}


def _rehearsal(plan: Plan) -> Document | None:
    """Return what came of the rehearsal; None where there was none."""
    found = plan.rehearsed
    if found is None:
        return None
    return {
        "orders": found.orders,
        "pending": found.pending,
        "extraUsdPerHour": found.extra_nano_usd_per_hour / NANO_USD,
        "stranded": found.stranded,
        "fillOrderNodes": found.reserved,
    }


def _existing(plan: Plan, snapshot: Snapshot) -> Document:
    """Return what the existing nodes cost by the catalog: their bill, but for discounts."""
    prices = {
        (offering.instance_type, offering.zone, offering.capacity_type): offering.price
        for offering in snapshot.catalog.offerings
    }
    nodes = [node for node in plan.nodes if node.existing and not node.reservation]
    found = [
        prices.get((node.instance_type, node.zone, node.capacity_type or ON_DEMAND))
        for node in nodes
    ]
    known = [price.nano_usd_per_hour for price in found if price is not None]
    return {
        "nodes": len(nodes),
        "usdPerHour": sum(known) / NANO_USD,
        "unpriced": len(nodes) - len(known),
    }


def _cost(plan: Plan, settings: Settings) -> Document:
    usd_per_hour = plan.cost_nano_usd_per_hour / NANO_USD
    usd_per_month = round(usd_per_hour * settings.hours_per_month, 6)
    hours = settings.hours_per_month
    cost: Document = {
        "usdPerHour": usd_per_hour,
        "usdPerMonth": usd_per_month,
        "hoursPerMonth": int(hours) if hours == int(hours) else hours,
        "local": None,
    }
    if settings.currency.code != "USD":
        code, rate = settings.currency.code, settings.currency.rate
        per_month = rounded_to_minor_unit(usd_per_month * rate, code)
        cost["local"] = {"code": code, "rate": rate, "perMonth": float(per_month)}
    return cost


def _costs(plan: Plan, costs: Costs) -> Document:
    """Return what of the cost is the instances' and what is each extra's."""
    prices = [node.price for node in plan.nodes if not node.existing]
    instances = sum(price.instance_nano_usd_per_hour for price in prices)
    found: dict[str, list[int]] = {entry.name: [] for entry in costs.entries}
    for price in prices:
        for name, nano in price.extras:
            found[name].append(nano)
        if price.override:
            found[price.override].append(price.instance_nano_usd_per_hour)

    def entries(some: Iterable[Extra | Override]) -> list[Document]:
        return [
            {
                "name": entry.name,
                "usdPerHour": sum(found[entry.name]) / NANO_USD,
                "nodes": len(found[entry.name]),
                "source": entry.source,
                "isEstimate": entry.is_estimate,
            }
            for entry in some
        ]

    return {
        "file": costs.file,
        "instancesUsdPerHour": instances / NANO_USD,
        "extrasUsdPerHour": (plan.cost_nano_usd_per_hour - instances) / NANO_USD,
        "extras": entries(costs.extras),
        "prices": entries(costs.overrides),
    }


def _reservations(plan: Plan, costs: Costs) -> list[Document]:
    """Return what is paid in any case: which of it runs, which the plan uses, which it does not."""
    entries = []
    for item in costs.reservations:
        nodes = [node for node in plan.nodes if node.reservation == item.name]
        planned = sum(bool(node.pods) for node in nodes)
        each = item.nano_usd_per_hour or 0
        entries.append(
            {
                "name": item.name,
                "instanceType": item.instance_type,
                "zone": item.zone or None,
                "count": item.count,
                "inUseAlready": item.count - len(nodes),
                "planned": planned,
                "unused": len(nodes) - planned,
                "usdPerHour": each / NANO_USD,
                "committedUsdPerHour": each * item.count / NANO_USD,
                "source": item.source,
            }
        )
    return entries


def _node(node: PlannedNode, usage: dict[str, dict[str, int]]) -> Document:
    amounts = dict(node.allocatable)
    requested: dict[str, int] = {}
    for pod in node.pods:
        for name, amount in usage[pod].items():
            requested[name] = requested.get(name, 0) + amount
    for pod in node.daemonset_pods:
        for name, amount in usage[pod.removesuffix(f"-{node.name}")].items():
            requested[name] = requested.get(name, 0) + amount
    own = [pod for pod in node.pods if not is_headroom(pod)]
    shown = sorted({CPU, MEMORY, PODS} | (set(requested) & set(amounts)))
    document: Document = {
        "name": node.name,
        "nodePool": node.nodepool,
        "instanceType": node.instance_type,
        "zone": node.zone,
        "capacityType": node.capacity_type,
        "usdPerHour": node.price.usd_per_hour,
        "priceSource": node.price.source,
        "priceIsEstimate": node.price.is_estimate,
        "existing": node.existing,
        "labels": dict(node.labels),
        "taints": [{"key": t.key, "value": t.value, "effect": t.effect} for t in node.taints],
        "allocatable": {n: format_amount(n, amounts.get(n, 0)) for n in shown},
        "requested": {n: format_amount(n, requested.get(n, 0)) for n in shown},
        "pods": own,
        "daemonSetPods": list(node.daemonset_pods),
    }
    if len(own) < len(node.pods):
        document["headroomPods"] = len(node.pods) - len(own)
    if node.reservation:
        document["reservation"] = node.reservation
    if node.launch is not None:
        document["launch"] = resilience_json.launch(node.launch)
    return document


def _requests_by_pod(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """Return each pod's requests with its pod slot; a DaemonSet's stand under its own key."""
    shared: dict[object, dict[str, int]] = {}
    found: dict[str, dict[str, int]] = {}
    everything: list[Pod | DaemonSet] = [*snapshot.cluster.pods, *snapshot.cluster.daemonsets]
    for item in everything:
        requests = item.template.requests
        if requests not in shared:
            shared[requests] = dict(requests) | {PODS: 1}
        found[item.key] = shared[requests]
    return found


def _unschedulable(item: Unschedulable) -> Document:
    return {
        "pod": item.pod,
        "reasons": [
            {"constraint": r.constraint, "offerings": r.offerings, "detail": dict(r.detail)}
            for r in item.reasons
        ],
        "nearest": dict(item.nearest),
    }
