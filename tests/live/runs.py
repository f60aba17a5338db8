"""Long runs on a live cluster: how observing scales, many storms, advice on settled clusters.

Law: each brings its own cluster up and ends it.
"""

import argparse
import random
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from kubestow.adapters.catalog_files import load_catalog
from kubestow.model.instance_type import Catalog

from . import scale as scales
from .advice import AdviceCheck, checked
from .bed import live_bed
from .clusters import fill
from .settling import CLUSTER_AUTOSCALER, KARPENTER, settle
from .settling import fill as fill_settled
from .storm import weather
from .workloads import incomplete, phases, unready_nodes, wait_until

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


def advice(options: argparse.Namespace) -> dict[str, Any]:
    """Compare advice with plans on clusters that models left; what does not hold is told."""
    catalog = load_catalog(REGION, embedded_only=True)
    checks, faults = [], []
    for seed in range(options.seed, options.seed + options.runs):
        policy = (KARPENTER, CLUSTER_AUTOSCALER)[seed % 2]
        workloads = random.Random(seed).randint(3, options.workloads)
        check = advice_on(catalog, policy, seed, workloads)
        checks.append(check)
        faults += [f"seed {seed}, {policy}: {text}" for text in check.faults]
        _say(f"seed {seed}, {policy}, {workloads} workloads: {asdict(check)} {check.faults}")
    return {
        "clusters": len(checks),
        "nodes": sum(check.nodes for check in checks),
        "withASaving": sum(check.saving > 0 for check in checks),
        "withHeldNodes": sum(check.held_nodes > 0 for check in checks),
        "meanSavingShare": round(mean(check.saving / check.cost for check in checks), 4),
        "meanOff": round(mean(check.off for check in checks), 5),
        "mostOff": round(max(check.off for check in checks), 5),
        "offByHundredths": dict(sorted(Counter(int(100 * c.off) for c in checks).items())),
        "faults": faults,
    }


def advice_on(catalog: Catalog, policy: str, seed: int, workloads: int) -> AdviceCheck:
    """Settle a cluster by a model, put it on an API server of its own, and check the advice."""
    cluster = settle(catalog, policy, seed, workloads)
    with (
        TemporaryDirectory() as folder,
        live_bed(_say, filled=lambda api: fill_settled(api, cluster)) as bed,
    ):
        wait_until(lambda: unready_nodes(bed.api), _FILLED_SECONDS)
        wait_until(lambda: incomplete(bed.api), _FILLED_SECONDS)
        wait_until(lambda: set(phases(bed.api)) - {"Running"}, _FILLED_SECONDS)
        return checked(bed.api, bed.plane.kubeconfig_of("test"), cluster, Path(folder))
