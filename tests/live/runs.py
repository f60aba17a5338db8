"""Long runs on a live cluster: how observing scales, and many storms.

Law: each brings its own cluster up and ends it.
"""

import argparse
import sys
from typing import Any

from kubestow.adapters.catalog_files import load_catalog

from . import scale as scales
from .bed import live_bed
from .clusters import fill
from .storm import weather
from .workloads import phases, unready_nodes, wait_until

REGION = "ap-northeast-2"
_FILLED_SECONDS = 600


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def scale(options: argparse.Namespace) -> dict[str, Any]:
    """Measure observing a cluster of so many nodes and pods."""
    catalog = load_catalog(REGION, embedded_only=True)
    with live_bed(
        _say, filled=lambda api: fill(api, catalog, options.nodes, options.pods)
    ) as bed:  # fmt: skip
        wait_until(lambda: unready_nodes(bed.api), _FILLED_SECONDS)
        wait_until(lambda: phases(bed.api).get("Running", 0) < options.pods, _FILLED_SECONDS)
        _say("filled: measuring")
        return dict(scales.measured(bed.api, bed.plane.kubeconfig_of("test"), options.idle))


def storms(options: argparse.Namespace) -> dict[str, Any]:
    """Let storms pass over a cache; an AssertionError names the first that it did not follow."""
    passed = []
    with live_bed(_say) as bed, weather(bed.plane, "test") as cloudy:
        for seed in range(options.seed, options.seed + options.runs):
            passed.append(cloudy.storm(seed, options.changes))
            _say(f"storm {seed}: {passed[-1]}")
        lists = sum(reflector.lists for reflector in cloudy.cache._reflectors.values())
    return {
        "storms": len(passed),
        "changes": sum(each.changes for each in passed),
        "awaySeconds": round(sum(each.away_seconds for each in passed), 1),
        "slowestRightAfterSeconds": round(max(each.right_after_seconds for each in passed), 2),
        "lists": lists,
    }
