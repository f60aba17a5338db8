"""A Comparison as JSON: the stable shape of docs/schema/comparison.v1alpha1.json.

Law: the same comparison gives the same bytes. Money leaves the integers here.
"""

from typing import Any

from kubestow.model.currency import rounded_to_minor_unit
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import PARTS, Comparison, ComputeOption
from kubestow.views.settings import Settings

API_VERSION = "kubestow.dev/v1alpha1"
Document = dict[str, Any]


def comparison_document(
    found: Comparison, region: str, sources: tuple[str, ...], settings: Settings
) -> Document:
    """Return the document."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Comparison",
        "region": region,
        "pods": found.pods,
        "hoursPerMonth": settings.hours_per_month,
        "bound": {
            "usdPerHour": found.bound.nano_usd_per_hour / NANO_USD,
            "rung": found.bound.rung,
        },
        "options": [_option(option, found, settings) for option in found.options],
        "assumptions": list(found.assumptions),
        "priceSources": list(sources),
    }


def _option(option: ComputeOption, found: Comparison, settings: Settings) -> Document:
    whole = option.pods == found.pods
    return {
        "id": option.id,
        "title": option.title,
        "runsAll": whole,
        "pods": option.pods,
        "stranded": option.stranded,
        "bounded": option.bounded,
        "nodes": option.nodes,
        "cost": {
            **_money(option.nano_usd_per_hour, settings),
            "isEstimate": option.is_estimate,
            "perMonthByPart": {part: _month(option.part(part), settings) for part in PARTS},
            "parts": [
                {
                    "part": part.part,
                    "name": part.name,
                    "usdPerHour": part.nano_usd_per_hour / NANO_USD,
                    "source": part.source,
                    "isEstimate": part.is_estimate,
                }
                for part in option.costs
            ],
        },
        "fleet": [
            {
                "unit": line.unit,
                "zone": line.zone,
                "capacityType": line.capacity_type,
                "count": line.count,
                "pods": line.pods,
                "podsMost": line.pods_most,
                "usdPerHourEach": line.nano_usd_per_hour / NANO_USD,
                "spareCpu": round(line.spare[0], 4),
                "spareMemory": round(line.spare[1], 4),
            }
            for line in option.fleet
        ],
        "cannotRun": [
            {"pods": list(item.pods), "field": item.field, "reason": item.reason}
            for item in option.cannot_run
        ],
        "operation": {
            "patches": option.operation.patches,
            "firstPod": option.operation.first_pod,
            "nodeLife": option.operation.node_life,
        },
        "notes": list(option.notes),
    }


def _month(nano: int, settings: Settings) -> float:
    return round(nano * settings.hours_per_month / NANO_USD, 6)


def _money(nano: int, settings: Settings) -> Document:
    month = _month(nano, settings)
    money: Document = {"usdPerHour": nano / NANO_USD, "usdPerMonth": month, "local": None}
    if settings.currency.code != "USD":
        code, rate = settings.currency.code, settings.currency.rate
        local = rounded_to_minor_unit(month * rate, code)
        money["local"] = {"code": code, "rate": rate, "perMonth": float(local)}
    return money
