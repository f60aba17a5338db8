"""The same hour twice: as the controller lives it, and as the simulator has it.

A workload comes, part of it goes after some minutes, and the controller is left alone. The
simulator is given the replicas as they came and went on the test bed, where making pods takes time.
Cost, waits and evictions of both are printed side by side.
"""

import argparse
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kubestow.adapters.catalog_files import load_catalog
from kubestow.cli.simulation_options import SimulationOptions, read_simulation
from kubestow.controller.following import PERIOD_SECONDS
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodepool import NodeClass
from kubestow.policies.optimal import Optimal
from kubestow.simulation.run import played
from kubestow.simulation.scenario import Durations, ServiceLoad
from kubestow.simulation.workloads import from_cluster

from .account import furnish
from .bed import LiveBed, live_bed
from .cloud import LiveCloud, cloud
from .controlled import (
    CLUSTER,
    QUEUE,
    actions,
    controller,
    create,
    documents,
    evictions,
    launch_classes,
    running,
    scale,
    usd_per_hour,
)
from .kubelets import Kubelets, kubelets
from .workloads import phases

_LOOK_SECONDS = 4.0
_JOINS = (20.0, 40.0)
"""How long instances take to join, in seconds: as on EKS, not as fast as a test may be."""
_DURATIONS = Durations(request=1, register=30, ready=1, pod_start=1, pod_stop=1)

_COMPARED = (
    "usd", "usdPerHourBefore", "usdPerHour", "evictions",
    "pendingPodSecondsBefore", "pendingPodSecondsAfter", "launched",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--workload", required=True, help="manifests: YAML, JSON or a list")
    parser.add_argument("--nodepool", required=True, help="NodePools and EC2NodeClasses")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--scale-after", type=float, default=20.0, help="minutes")
    parser.add_argument("--scale-to", type=float, default=0.5, help="a share of all replicas")
    parser.add_argument("--policy", default="optimal")
    parser.add_argument("--log", default="")
    parser.add_argument("--simulated-only", action="store_true")


Replicas = dict[str, dict[int, int]]
"""Of each Deployment: how many pods there were from which second on."""


@dataclass
class Hour:
    """What an hour came to."""

    usd: float = 0.0
    usd_per_hour_before: float = 0.0
    usd_per_hour: float = 0.0
    evictions: int = 0
    pending: int = 0
    pending_pod_seconds_before: float = 0.0
    pending_pod_seconds: float = 0.0
    nodes: int = 0
    launched: int = 0
    replicas: Replicas = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it; "Before" is before pods went.

        Pods wait for the first fleet before, and for what replaces it after.
        """
        after = self.pending_pod_seconds - self.pending_pod_seconds_before
        return {
            "usd": round(self.usd, 3),
            "usdPerHourBefore": round(self.usd_per_hour_before, 3),
            "usdPerHour": round(self.usd_per_hour, 3),
            "evictions": self.evictions,
            "pending": self.pending,
            "pendingPodSecondsBefore": round(self.pending_pod_seconds_before),
            "pendingPodSecondsAfter": round(after),
            "nodes": self.nodes,
            "launched": self.launched,
        }


def run(options: argparse.Namespace) -> int:
    """Run both; print them and by how much the live one differs."""
    lived = None if options.simulated_only else _lived(options)
    simulated = _simulated(options, lived.replicas if lived else None).document()
    found: dict[str, Any] = {"simulated": simulated}
    if lived is not None:
        live = found["live"] = lived.document()
        found["liveOverSimulated"] = {
            key: round(live[key] / simulated[key] - 1, 4) for key in _COMPARED if simulated[key]
        }
    print(json.dumps(found, indent=2))
    return 0


def _simulated(options: argparse.Namespace, replicas: Replicas | None) -> Hour:
    """Return the hour as the simulator has it; without ``replicas`` all come at once."""
    read = SimulationOptions(
        workload=[options.workload], nodepool=[options.nodepool], region=options.region
    )
    snapshot, _, _ = read_simulation(read)
    scenario = from_cluster(snapshot, "steady", seconds=round(options.minutes * 60))
    scaled_at = round(options.scale_after * 60)

    def steps(load: ServiceLoad) -> tuple[tuple[int, int], ...]:
        count = load.replicas[0][1]
        less = max(1, round(count * options.scale_to))
        deployment = load.name.rpartition("-")[0]
        came = {0: count, scaled_at: less} if replicas is None else replicas[deployment]
        return tuple((scenario.start + at, wanted) for at, wanted in came.items())

    services = tuple(replace(load, replicas=steps(load)) for load in scenario.services)
    scenario = replace(scenario, services=services, durations=_DURATIONS)
    policy = Optimal(snapshot.cluster.nodepools, period_seconds=PERIOD_SECONDS)
    result = played(scenario, policy, must_rest=False).result
    until = replace(scenario, seconds=scaled_at)
    before = played(until, policy, must_rest=False).result
    return Hour(
        result.nano_usd / NANO_USD,
        before.nano_usd_per_hour / NANO_USD,
        result.nano_usd_per_hour / NANO_USD,
        result.evictions,
        result.pending,
        before.pending_pod_seconds,
        result.pending_pod_seconds,
        result.nodes,
        result.launched,
    )


def _lived(options: argparse.Namespace) -> Hour:
    """Return the hour as the controller lives it."""
    catalog = load_catalog(options.region, embedded_only=True)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with contextlib.ExitStack() as stack:
        served = stack.enter_context(cloud(catalog))
        furnish(served, CLUSTER, launch_classes(options.nodepool), QUEUE)
        bed = stack.enter_context(live_bed(say, audited=True))
        made = Kubelets(bed.api, served, catalog, NodeClass(), _JOINS)
        stack.enter_context(kubelets(made))
        stack.enter_context(controller(bed, served, options))
        time.sleep(20)
        objects = documents(Path(options.workload))
        create(bed, objects)
        say("the hour begins")
        meter = _Meter(bed, served, dict(catalog.prices()))
        hour = Hour()
        for _ in meter.looks(options.scale_after * 60):
            pass
        hour.usd_per_hour_before = meter.rate()
        hour.pending_pod_seconds_before = meter.pending_pod_seconds
        scale(bed, objects, options.scale_to)
        meter.falls_to = options.scale_to
        say(f"all replicas are scaled to {options.scale_to:.0%}")
        for _ in meter.looks(options.minutes * 60):
            pass
        hour.usd, hour.usd_per_hour = meter.usd, meter.rate()
        hour.pending_pod_seconds, hour.launched = meter.pending_pod_seconds, len(meter.seen)
        hour.replicas = meter.replicas
        hour.evictions = evictions(bed, actions(bed))
        hour.pending = phases(bed.api).get("Pending", 0)
        hour.nodes = len(bed.api.objects("Node"))
    return hour


@dataclass
class _Meter:
    """Looks every few seconds at what runs and what waits."""

    bed: LiveBed
    served: LiveCloud
    prices: dict[tuple[str, str, str], int]
    began: float = field(default_factory=time.monotonic)
    usd: float = 0.0
    pending_pod_seconds: float = 0.0
    seen: set[str] = field(default_factory=set)
    replicas: Replicas = field(default_factory=dict)
    falls_to: float = 1.0
    _last: float = field(default_factory=time.monotonic)
    _counted_at: int = 0

    def looks(self, until: float) -> Iterator[None]:
        """Look until so many seconds after it began."""
        while time.monotonic() - self.began < until:
            time.sleep(_LOOK_SECONDS)
            rate, pods = self.rate(), self.bed.api.objects("Pod")
            waiting = sum("nodeName" not in pod["spec"] for pod in pods)
            self._count(pods)
            now = time.monotonic()
            self.usd += rate * (now - self._last) / 3_600
            self.pending_pod_seconds += waiting * (now - self._last)
            self._last = now
            yield

    def rate(self) -> float:
        """Return what runs costs, in USD an hour."""
        there = running(self.served)
        self.seen |= {item["InstanceId"] for item in there}
        return usd_per_hour(there, self.prices)

    def _count(self, pods: Iterable[dict[str, Any]]) -> None:
        """Note how many pods each Deployment has: its ReplicaSet's name has a part more.

        What came between two looks came evenly. One that is evicted is missing for a moment: that
        is no change of its replicas.
        """
        counts = Counter(
            pod["metadata"]["ownerReferences"][0]["name"].rpartition("-")[0]
            for pod in pods
            if "deletionTimestamp" not in pod["metadata"]
            and pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
        )
        at = round(time.monotonic() - self.began)
        for name in counts.keys() | self.replicas.keys():
            steps = self.replicas.setdefault(name, {0: 0})
            last, count = next(reversed(steps.values())), counts[name]
            if self.falls_to < 1.0:
                count = max(count, 1, round(max(steps.values()) * self.falls_to))
            if count < last if self.falls_to < 1.0 else count > last:
                for second in range(self._counted_at + 1, at + 1):
                    share = (second - self._counted_at) / (at - self._counted_at)
                    steps[second] = last + round((count - last) * share)
        self._counted_at = at
