"""Sweeps as JSON: the stable shape of docs/schema/sweep.v1alpha1.json.

Law: the same results give the same bytes. Money leaves the integers here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.model.instance_type import NANO_USD
from kubestow.model.spot_prices import STANDING, SpotPrices
from kubestow.model.sweep import Difference, Estimate, Setting, Summary
from kubestow.report.simulate_json import spot_prices_document

API_VERSION = "kubestow.dev/v1alpha1"
Document = dict[str, Any]
_DAY = 86_400
_NAMES = {
    "nano_usd": "costUsd",
    "wait_p99": "waitSecondsP99",
    "pending_pod_seconds": "pendingPodSeconds",
    "evictions": "evictions",
}
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Swept:
    """What was swept, said above its settings; ``known`` runs were in the folder before."""

    workload: str
    region: str
    seeds: tuple[int, ...]
    asked: int
    done: int
    known: int
    confidence: float
    file: str
    failures: tuple[tuple[Setting, int, str], ...] = ()
    is_interrupted: bool = False
    spot_prices: SpotPrices = STANDING


def sweep_document(what: Swept, summaries: Sequence[Summary], sources: tuple[str, ...]) -> Document:
    """Return the document; the settings keep their order, which is by cost."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Sweep",
        "workload": what.workload,
        "region": what.region,
        "seeds": list(what.seeds),
        "spotPrices": spot_prices_document(what.spot_prices),
        "confidence": what.confidence,
        "runs": {
            "asked": what.asked,
            "done": what.done,
            "takenFromFolder": what.known,
            "failed": len(what.failures),
        },
        "isInterrupted": what.is_interrupted,
        "settings": [
            {
                "rank": rank,
                **_setting(summary.setting),
                "runs": summary.runs,
                **_figures(summary.figures),
                "difference": _difference(summary.difference),
            }
            for rank, summary in enumerate(summaries, 1)
        ],
        "failures": [
            {**_setting(setting), "seed": seed, "error": error}
            for setting, seed, error in what.failures
        ],
        "file": what.file,
        "priceSources": list(sources),
    }


def _setting(setting: Setting) -> Document:
    return {
        "policy": setting.policy,
        "shape": setting.shape,
        "faults": setting.faults,
        "stepSeconds": setting.step,
        "days": round(setting.seconds / _DAY, 6),
    }


def _difference(difference: Difference | None) -> Document | None:
    if difference is None:
        return None
    return {
        "fromPolicy": difference.policy,
        "pairs": difference.pairs,
        **_figures(difference.figures),
    }


def _figures(figures: Mapping[str, Estimate]) -> Document:
    return {
        name: _estimate(figures[own], NANO_USD if own == "nano_usd" else 1)
        for own, name in _NAMES.items()
    }


def _estimate(estimate: Estimate, unit: int) -> Document:
    half = estimate.half_width
    return {
        "mean": round(estimate.mean / unit, _DIGITS),
        "low": None if half is None else round((estimate.mean - half) / unit, _DIGITS),
        "high": None if half is None else round((estimate.mean + half) / unit, _DIGITS),
    }
