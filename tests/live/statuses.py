"""A controller whose instances fail their status checks, or are to be retired.

Law: what is told is taken from EC2's and the API server's answers, never from the controller.
"""

import argparse
import contextlib
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.differential.model import Object

from kubestow.adapters.catalog_files import load_catalog
from kubestow.live import marks
from kubestow.model.nodepool import NodeClass

from .account import furnish
from .bed import LiveBed, live_bed
from .cloud import LiveCloud, cloud
from .controlled import CLUSTER, QUEUE, controller, create, launch_classes
from .kubelets import Kubelets, kubelets
from .workloads import phases, wait_until

REGION = "us-east-1"
_POOL = Path(__file__).resolve().parents[2] / "examples" / "nodepools" / "general.yaml"
_NODES, _SECONDS = 6, 240.0
_LEFT_ALONE_SECONDS = 200.0  # longer than it takes to confirm what two minutes are waited for


def run(_: argparse.Namespace) -> dict[str, Any]:
    """Let one instance fail and one be retired, then fail half of them; return what was seen."""
    catalog = load_catalog(REGION, embedded_only=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        served = stack.enter_context(cloud(catalog))
        furnish(served, CLUSTER, launch_classes(str(_POOL)), QUEUE)
        bed = stack.enter_context(live_bed(_say, audited=True))
        made = Kubelets(bed.api, served, catalog, NodeClass(), (0.5, 2.0))
        stack.enter_context(kubelets(made))
        options = argparse.Namespace(
            region=REGION, nodepool=str(_POOL), policy="optimal", log=str(folder / "log")
        )
        stack.enter_context(controller(bed, served, options, "--lease-seconds", "3"))
        create(bed, [_workload()])
        wait_until(lambda: phases(bed.api) != {"Running": _NODES} and ["pods"], _SECONDS)
        found = _one_of_each(bed, served)
        wait_until(lambda: phases(bed.api) != {"Running": _NODES} and ["pods"], _SECONDS)
        found["leftOfHalfThatFails"] = _half(bed, served)
        found["requestsOfStatus"] = served.faults.actions["DescribeInstanceStatus"]
        found["faults"] = made.failures
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _workload() -> Object:
    """Return pods each of which has a node of its own."""
    labels = {"app": "web"}
    apart = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    spec = {
        "containers": [
            {"name": "main", "image": "app:1", "resources": {"requests": {"cpu": "500m"}}}
        ],
        "affinity": {
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "statuses"},
        "spec": {
            "replicas": _NODES,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _nodes(bed: LiveBed) -> dict[str, Object]:
    """Return the Nodes by the ids of their instances."""
    return {node["spec"]["providerID"].rpartition("/")[2]: node for node in bed.api.objects("Node")}


def _one_of_each(bed: LiveBed, served: LiveCloud) -> dict[str, Any]:
    """Return after how many seconds an instance that fails and one to be retired were gone."""
    bad, retired = sorted(_nodes(bed))[:2]
    began = time.monotonic()
    served.statuses.impaired[bad] = datetime.now(UTC) - timedelta(minutes=5)
    served.statuses.scheduled[retired] = "instance-retirement"
    seconds: dict[str, Any] = {}
    reasons: dict[str, str] = {}

    def left() -> list[str]:
        there = _nodes(bed)
        for name, node in there.items():
            notes = node["metadata"].get("annotations", {})
            reason = notes.get(marks.LEAVING) or notes.get(marks.DISRUPTED)
            if reason:
                reasons.setdefault(name, reason)
        for name in {bad, retired} - there.keys() - seconds.keys():
            seconds[name] = round(time.monotonic() - began, 1)
        return sorted({bad, retired} & there.keys())

    wait_until(left, _SECONDS)
    return {
        "impairedGoneAfterSeconds": seconds[bad],
        "retiredGoneAfterSeconds": seconds[retired],
        "reasons": [reasons.get(bad, ""), reasons.get(retired, "")],
        "othersThatLeft": sorted(reasons.keys() - {bad, retired}),
    }


def _half(bed: LiveBed, served: LiveCloud) -> int:
    """Return how many of half of the instances, which fail at once, are there after a while."""
    chosen = sorted(_nodes(bed))[: _NODES // 2]
    began = datetime.now(UTC) - timedelta(minutes=5)
    served.statuses.impaired |= dict.fromkeys(chosen, began)
    time.sleep(_LEFT_ALONE_SECONDS)
    notes = [_nodes(bed).get(name, {}).get("metadata", {}) for name in chosen]
    return sum(bool(n) and marks.LEAVING not in n.get("annotations", {}) for n in notes)
