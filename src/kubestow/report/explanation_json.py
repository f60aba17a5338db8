"""An Explanation as JSON: the stable shape of docs/schema/explanation.v1alpha1.json.

Law: the same explanation gives the same bytes. Money leaves the integers here.
"""

from typing import Any

from kubestow.model.currency import rounded_to_minor_unit
from kubestow.model.explanation import (
    Change,
    Explanation,
    NearestMiss,
    Place,
    Remedy,
    SchedulerView,
    Share,
)
from kubestow.model.instance_type import NANO_USD
from kubestow.model.resources import format_amount
from kubestow.report.catalog_json import API_VERSION, Document
from kubestow.views.settings import Settings


def explanation_document(
    found: Explanation, asked: str, price_sources: tuple[str, ...], settings: Settings
) -> Document:
    """Return the document; ``asked`` is the pod as the user named it."""
    trials = found.trials
    return {
        "apiVersion": API_VERSION,
        "kind": "Explanation",
        "region": found.region,
        "asked": asked,
        "pod": found.pod,
        "status": found.status,
        "replicas": found.replicas,
        "replicasUnschedulable": found.replicas_unschedulable,
        "place": _place(found.place),
        "share": _share(found.share, settings),
        "scheduler": _scheduler(found.scheduler),
        "reasons": [
            {"constraint": r.constraint, "offerings": r.offerings, "detail": dict(r.detail)}
            for r in found.reasons
        ],
        "nearest": _nearest(found.nearest),
        "obstacle": None
        if found.obstacle is None
        else {
            "constraint": found.obstacle.constraint,
            "message": found.obstacle.message,
            "hint": found.obstacle.hint,
        },
        "remedies": [_remedy(remedy, settings) for remedy in found.remedies],
        "trials": {
            "plans": trials.plans,
            "combinations": trials.combinations,
            "changesMax": trials.size_max,
            "kinds": list(trials.kinds),
            "complete": trials.complete,
        },
        "priceSources": list(price_sources),
    }


def _money(name: str, nano_usd: int, settings: Settings) -> Document:
    """Return an amount by the hour and the month, under a name like extra or nothing."""
    hourly = nano_usd / NANO_USD
    monthly = round(hourly * settings.hours_per_month, 6)
    local = None
    if settings.currency.code != "USD":
        code, rate = settings.currency.code, settings.currency.rate
        amount = float(rounded_to_minor_unit(monthly * rate, code))
        local = {"code": code, "rate": rate, "perMonth": amount}
    first = "usd" if not name else f"{name}Usd"
    return {
        f"{first}PerHour": hourly,
        f"{first}PerMonth": monthly,
        f"{name}Local" if name else "local": local,
    }


def _place(place: Place | None) -> Document | None:
    if place is None:
        return None
    return {
        "node": place.node,
        "nodePool": place.nodepool,
        "instanceType": place.instance_type,
        "zone": place.zone,
        "capacityType": place.capacity_type,
        "usdPerHour": place.nano_usd_per_hour / NANO_USD,
        "priceIsEstimate": place.is_estimate,
        "existing": place.existing,
        "planned": place.planned,
        **({"reservation": place.reservation} if place.reservation else {}),
    }


def _share(share: Share | None, settings: Settings) -> Document | None:
    if share is None:
        return None
    return {
        "resource": share.resource,
        "requested": format_amount(share.resource, share.requested),
        "allocatable": format_amount(share.resource, share.allocatable),
        "ofNode": round(share.requested / share.allocatable, 6),
        **_money("", share.nano_usd_per_hour, settings),
    }


def _scheduler(view: SchedulerView | None) -> Document | None:
    if view is None:
        return None
    return {
        "nodes": view.nodes,
        "feasible": view.feasible,
        "message": view.message,
        "reasons": [{"reason": reason, "nodes": count} for reason, count in view.reasons],
        "filters": [{"filter": name, "nodes": count} for name, count in view.filters],
        "best": list(view.best),
    }


def _nearest(nearest: NearestMiss | None) -> Document | None:
    if nearest is None:
        return None
    return {
        "place": _place(nearest.place),
        "refusedBy": list(nearest.refused_by),
        "shortfalls": [
            {
                "resource": item.resource,
                "requested": format_amount(item.resource, item.requested),
                "available": format_amount(item.resource, item.available),
                "short": format_amount(item.resource, item.short),
            }
            for item in nearest.shortfalls
        ],
    }


def _remedy(remedy: Remedy, settings: Settings) -> Document:
    return {
        "changes": [_change(change) for change in remedy.changes],
        **_money("extra", remedy.extra_nano_usd_per_hour, settings),
        "pods": remedy.pods,
        "podsRunning": remedy.running,
        "podsStillPending": remedy.still_pending,
        "otherPodsHelped": remedy.others,
        "place": _place(remedy.place),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "subject": change.subject,
        "before": change.before,
        "after": change.after,
        "nodePool": change.nodepool,
        "nodePoolIsBuiltIn": change.builtin,
        "added": change.added,
    }
