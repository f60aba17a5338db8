"""Simulations as JSON: the stable shape of docs/schema/simulation.v1alpha1.json.

Law: the same results give the same bytes. Money leaves the integers here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.model.currency import rounded_to_minor_unit
from kubestow.model.instance_type import NANO_USD
from kubestow.model.simulated import Point, Result
from kubestow.model.spot_prices import HISTORY, STANDING, SYNTHETIC, SpotPrices
from kubestow.views.settings import Settings

API_VERSION = "kubestow.dev/v1alpha1"
Document = dict[str, Any]
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was simulated, said above its results."""

    workload: str
    region: str
    seed: int
    faults: str
    start: int
    seconds: int
    notes: tuple[str, ...] = ()
    spot_prices: SpotPrices = STANDING


def simulation_document(
    what: Simulated, results: Sequence[Result], sources: tuple[str, ...], settings: Settings
) -> Document:
    """Return the document."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Simulation",
        "workload": what.workload,
        "region": what.region,
        "seed": what.seed,
        "faults": what.faults,
        "spotPrices": spot_prices_document(what.spot_prices),
        "startUnixSeconds": what.start,
        "seconds": what.seconds,
        "hoursPerMonth": settings.hours_per_month,
        "results": [result_document(result, settings) for result in results],
        "notes": list(what.notes),
        "priceSources": list(sources),
    }


def spot_prices_document(prices: SpotPrices) -> Document:
    """Return how spot prices moved."""
    is_synthetic = prices.kind == SYNTHETIC
    return {
        "kind": prices.kind,
        "isSynthetic": is_synthetic,
        "volatility": prices.volatility if is_synthetic else None,
        "file": prices.file if prices.kind == HISTORY else None,
    }


def result_document(result: Result, settings: Settings) -> Document:
    """Return what one run came to."""
    usd = result.nano_usd / NANO_USD
    hours = max(result.seconds / _HOUR, 1e-9)
    month = usd / hours * settings.hours_per_month
    local = None
    if settings.currency.code != "USD":
        code, rate = settings.currency.code, settings.currency.rate
        amount = float(rounded_to_minor_unit(month * rate, code))
        local = {"code": code, "rate": rate, "perMonth": amount}
    return {
        "policy": result.policy,
        "seed": result.seed,
        "seconds": result.seconds,
        "isInterrupted": result.interrupted,
        "cost": {"usd": usd, "usdPerMonth": month, "local": local},
        "atEnd": {
            "usdPerHour": result.nano_usd_per_hour / NANO_USD,
            "nodes": result.nodes,
            "boundUsdPerHour": None if result.bound is None else result.bound / NANO_USD,
            "pending": result.pending,
        },
        "nodes": {
            "peak": result.nodes_peak,
            "launched": result.launched,
            "failedLaunches": result.failed_launches,
        },
        "pods": {
            "placed": result.pods - result.pending,
            "waitSecondsP50": result.wait_p50,
            "waitSecondsP99": result.wait_p99,
            "pendingPodSeconds": result.pending_pod_seconds,
            "evictions": result.evictions,
            "preemptions": result.preemptions,
            "killedWithNode": result.killed,
        },
        "interruptions": result.interruptions,
        "idleCpuShare": round(result.idle_cpu_share, 6),
        "decisions": result.decisions,
        "events": result.events,
        "lastActionSeconds": result.last_action_at,
        "curve": [_point(point) for point in result.curve],
    }


def _point(point: Point) -> Document:
    return {
        "unixSeconds": point.at,
        "usdPerHour": point.rate / NANO_USD,
        "nodes": point.nodes,
        "pods": point.pods,
        "pending": point.pending,
        "cpuAskedMilli": point.cpu_asked,
        "cpuThereMilli": point.cpu_there,
    }
