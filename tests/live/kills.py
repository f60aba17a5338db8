"""A controller that is killed again and again while workloads come and go, and what must hold.

EC2 throttles, loses answers, is late with news and lacks capacity; it warns that instances are
taken back; connections to the API server break; Nodes are changed and deleted by others.

Law: when it has been left alone for a while, every pod runs, every instance has its Node and every
Node its instance, no Node is held or leaves for ever, and no claim was launched twice. What
happened follows from the seed but for when processes get to run.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from tests.differential.model import Object

from kubestow.adapters.aws.node_groups import CONSOLIDATE_TAG
from kubestow.adapters.catalog_files import load_catalog
from kubestow.live import marks
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.nodepool import NodeClass

from .account import furnish
from .bed import LiveBed, live_bed
from .cloud import LiveCloud, cloud
from .controlled import CLUSTER, QUEUE, controller, create, launch_classes, notify
from .gate import Gate, gate
from .kubelets import Kubelets, kubelets
from .node_groups import MadeGroup, make_group, sizes
from .workloads import phases

REGION = "us-east-1"
_DEPLOYMENTS = "/apis/apps/v1/namespaces/kills/deployments"
_MERGE = {"Content-Type": "application/merge-patch+json"}
_REST_SECONDS, _REST_AFTER_KILLS, _LOOK_SECONDS = 240.0, 10, 1.0
_WELL_SECONDS = 20.0
_LONG_SECONDS = 60.0
"""How long a controller lives at most of which pods are to be evicted: consolidation takes time."""
_POOL = Path(__file__).resolve().parents[2] / "examples" / "nodepools" / "general.yaml"
_SMALL = {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Lt", "values": ["9"]}
_OF_EC2 = ("CreateFleet", "TerminateInstances")
_OF_GROUPS = ("SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup")
_COMING = ("launch", "hold", "land", "open")
_LEAVING = ("cordon", "drain", "evict")
_WORKLOADS = (("web", "500m", "1Gi", 60), ("api", "1", "2Gi", 36), ("cache", "1", "7Gi", 18),
              ("batch", "2", "3Gi", 24))  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--runs", type=int, default=200, help="how often it is killed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--node-groups", action="store_true",
                        help="managed node groups instead of NodePools")  # fmt: skip
    parser.add_argument("--log", default="", help="where to write the controllers' log")


@dataclass
class Passed:
    """What happened, and what did not hold."""

    kills: int = 0
    rests: int = 0
    launched: int = 0
    landed: int = 0
    evictions: int = 0
    killed_after: Counter[str] = field(default_factory=Counter)
    """What it had just done; "" where it was simply time."""
    warned: int = 0
    deleted: int = 0
    cuts: int = 0
    slowest_rest_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Kill a controller so many times; return what held."""
    catalog = load_catalog(REGION, embedded_only=True)
    passed = Passed()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        served = stack.enter_context(cloud(catalog))
        furnish(served, CLUSTER, launch_classes(str(_POOL)), QUEUE)
        bed = stack.enter_context(live_bed(_say, audited=True))
        kubelets_ = Kubelets(
            bed.api, served, catalog, NodeClass(), (0.5, 4.0), options.seed, options.node_groups
        )
        stack.enter_context(kubelets(kubelets_))
        groups = _groups(served) if options.node_groups else ()
        served.faults.seed = options.seed
        create(bed, _workloads())
        between = stack.enter_context(gate(bed.plane.port))
        _Chaos(bed, served, folder, options, passed, between, groups).play()
        passed.faults += kubelets_.failures
    return {
        "kills": passed.kills,
        "killedAfter": dict(sorted(passed.killed_after.items())),
        "rests": passed.rests,
        "instancesLaunched": passed.launched,
        "podsLanded": passed.landed,
        "evictions": passed.evictions,
        "instancesTakenBack": passed.warned,
        "nodesDeletedByHand": passed.deleted,
        "connectionsCut": passed.cuts,
        "slowestRestSeconds": round(passed.slowest_rest_seconds, 1),
        "faults": passed.faults,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _groups(served: LiveCloud) -> tuple[MadeGroup, ...]:
    """Make groups of three types in three zones, one of which keeps a node."""
    soon = {CONSOLIDATE_TAG: "10s"}
    kinds = (("m5.large", "a", 1), ("m5.2xlarge", "b", 0), ("c5.4xlarge", "c", 0))
    return tuple(
        make_group(
            served, CLUSTER, kind.replace(".", "-"), kind, [REGION + zone],
            sizes=(least, least, 12), tags=soon,
        )
        for kind, zone, least in kinds
    )  # fmt: skip


def _small_nodes(folder: Path) -> str:
    """Return a file with NodePools that make many small nodes, and consolidate them soon."""
    objects = list(yaml.safe_load_all(_POOL.read_text("utf-8")))
    for item in objects:
        if item["kind"] == "NodePool":
            item["spec"]["template"]["spec"]["requirements"].append(_SMALL)
            item["spec"]["disruption"]["consolidateAfter"] = "5s"
    path = folder / "pools.yaml"
    path.write_text(yaml.safe_dump_all(objects), "utf-8")
    return str(path)


def _workloads() -> list[Object]:
    made: list[Object] = []
    for name, cpu, memory, replicas in _WORKLOADS:
        labels = {"app": name}
        resources = {"requests": {"cpu": cpu, "memory": memory}}
        container = {"name": "main", "image": "app:1", "resources": resources}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        metadata = {"name": name, "namespace": "kills"}
        made += [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
            {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata,
             "spec": {"maxUnavailable": "25%", "selector": {"matchLabels": labels}}},
        ]  # fmt: skip
    return made


class _Chaos:
    """One bed, on which a controller is killed until it is enough."""

    def __init__(
        self,
        bed: LiveBed,
        served: LiveCloud,
        folder: Path,
        options: argparse.Namespace,
        passed: Passed,
        between: Gate,
        groups: Sequence[MadeGroup] = (),
    ) -> None:
        self._bed, self._served, self._groups, self._gate = bed, served, groups, between
        self._dice = random.Random(options.seed)
        self._passed, self._runs = passed, options.runs
        self._options = argparse.Namespace(
            region=REGION, nodepool="" if groups else _small_nodes(folder), policy="optimal",
            log=str(folder / "controller.log"), port=between.port,
        )  # fmt: skip
        self._more = [word for group in groups for word in ("--node-group", group.name)]
        self._more += ["--lease-seconds", "3"]
        self._keep = options.log

    def play(self) -> None:
        """Kill, and look whether all is well in between."""
        while self._passed.kills < self._runs:
            for _ in range(min(_REST_AFTER_KILLS, self._runs - self._passed.kills)):
                self._disturb()
                self._live_and_die()
            self._rest()

    def _live_and_die(self) -> None:
        """Let a controller live until soon after it has done something of a kind, at most."""
        of_ec2 = _OF_GROUPS if self._groups else _OF_EC2
        watched = self._dice.choice((*of_ec2, *_COMING, *_LEAVING, ""))
        more = self._dice.uniform(0.0, 0.4 if watched in of_ec2 else 3.0)
        seconds = self._dice.uniform(10.0, 30.0)
        if watched in _LEAVING:
            self._scale_all(self._dice.choice((0.1, 0.4)))
            seconds = _LONG_SECONDS
            if watched != "cordon":
                self._take_back()
        elif watched in _COMING:
            self._scale_all(self._dice.choice((0.8, 1.0)))
        before, killed_after = Counter(self._served.faults.actions), ""
        with controller(self._bed, self._served, self._options, *self._more) as process:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                time.sleep(0.05)
                self._meddle(is_quiet=seconds == _LONG_SECONDS)
                if watched and self._has_happened(watched, before):
                    killed_after = watched
                    time.sleep(more)
                    break
            os.kill(process.pid, signal.SIGKILL)
        self._passed.kills += 1
        self._passed.killed_after[killed_after] += 1
        self._keep_log()

    def _meddle(self, *, is_quiet: bool) -> None:
        """Do to the cluster what others do, now and then; ``is_quiet`` leaves its size as it is."""
        dice = self._dice
        if not is_quiet and dice.random() < 0.02:
            self._scale()
        if dice.random() < 0.004:
            self._gate.cut()
            self._passed.cuts += 1
        if dice.random() < 0.04:
            self._of_some_node("PATCH", {"metadata": {"annotations": {"seen": str(dice.random())}}})
        if not self._groups and dice.random() < 0.0003 and self._of_some_node("DELETE", None):
            self._passed.deleted += 1

    def _of_some_node(self, verb: str, body: Object | None) -> bool:
        """Ask for something of a node by chance; return whether it was done.

        One that has just come and has no finalizer yet is nobody's, and is left alone.
        """
        found = [node["metadata"] for node in self._bed.api.objects("Node")]
        names = sorted(item["name"] for item in found if item.get("finalizers"))
        if not names:
            return False
        where = f"/api/v1/nodes/{self._dice.choice(names)}"
        status, _ = self._bed.api.request(verb, where, body, headers=_MERGE)
        return status < 300

    def _has_happened(self, watched: str, before: Counter[str]) -> bool:
        if watched in (*_OF_EC2, *_OF_GROUPS):
            return self._served.faults.actions[watched] > before[watched]
        return f'"action":"{watched}"' in Path(self._options.log).read_text("utf-8")

    def _keep_log(self) -> None:
        if self._keep:
            with open(self._keep, "ab") as file:
                file.write(Path(self._options.log).read_bytes())

    def _disturb(self) -> None:
        dice, faults = self._dice, self._served.faults
        faults.throttled = dice.choice((0.0, 0.0, 0.1, 0.3))
        faults.lost = dice.choice((0.0, 0.1, 0.4))
        faults.late_seconds = dice.choice((0.0, 2.0, 4.0))
        self._served.exhausted = {
            place for place in self._served.prices if place[2] == ON_DEMAND and dice.random() < 0.2
        }
        if self._groups:
            lacking = {group.scaling_group for group in self._groups if dice.random() < 0.2}
            self._served.scaling.relieve(self._served.client("autoscaling"), lacking)
        for _ in range(dice.randrange(3)):
            self._scale()
        if dice.random() < 0.3:
            self._take_back()

    def _take_back(self) -> None:
        """Warn of an instance as EC2 does two minutes before it takes it back.

        Nodes of groups are on demand, as far as the controller knows.
        """
        if self._groups:
            return
        there = sorted(
            name for name, item in self._instances().items() if item["state"] == "running"
        )
        if there:
            notify(self._served, self._dice.choice(there))
            self._passed.warned += 1

    def _scale(self) -> None:
        name, _, _, most = self._dice.choice(_WORKLOADS)
        self._resize(name, self._dice.randint(0, most))

    def _scale_all(self, share: float) -> None:
        for name, _, _, most in _WORKLOADS:
            self._resize(name, round(share * most))

    def _resize(self, name: str, replicas: int) -> None:
        change = {"spec": {"replicas": replicas}}
        self._bed.api.request("PATCH", f"{_DEPLOYMENTS}/{name}", change, headers=_MERGE)

    def _rest(self) -> None:
        """Leave a controller alone without faults until all is well."""
        self._served.faults.throttled = self._served.faults.lost = 0.0
        self._served.faults.late_seconds = 0.0
        self._served.exhausted = set()
        if self._groups:
            self._served.scaling.relieve(self._served.client("autoscaling"))
        began = time.monotonic()
        with controller(self._bed, self._served, self._options, *self._more):
            wrong, well_since = ["not looked at yet"], began
            while time.monotonic() - began < _REST_SECONDS:
                time.sleep(_LOOK_SECONDS)
                wrong = self.wrong()
                well_since = time.monotonic() if wrong else well_since
                if time.monotonic() - well_since > _WELL_SECONDS:
                    break
        seconds = time.monotonic() - began
        self._passed.rests += 1
        self._passed.slowest_rest_seconds = max(self._passed.slowest_rest_seconds, seconds)
        self._passed.faults += [f"after {self._passed.kills} kills: {text}" for text in wrong]
        done = self._bed.plane.audited_requests("reader")
        succeeded = Counter(item.resource for item in done if item.status < 300)
        self._passed.evictions = succeeded["pods/eviction"]
        self._passed.landed = succeeded["pods/binding"]
        forced = sum(item.resource == "pods" and item.verb == "delete" for item in done)
        if forced:
            self._passed.faults.append(f"{forced} pods were deleted against their budgets")
        self._keep_log()
        _say(f"{self._passed.kills} kills, rest {seconds:.0f} s: {wrong or 'all is well'}")

    def wrong(self) -> list[str]:
        """Return what is not as it must be in the end."""
        instances = self._instances()
        running = {name for name, item in instances.items() if item["state"] == "running"}
        nodes = self._bed.api.objects("Node")
        of_nodes = {node["spec"]["providerID"].rpartition("/")[2] for node in nodes}
        pods = phases(self._bed.api)
        found = [f"{count} pods {phase}" for phase, count in pods.items() if phase != "Running"]
        found += [f"{name} has no Node" for name in sorted(running - of_nodes)]
        found += [f"a Node without its instance {name}" for name in sorted(of_nodes - running)]
        for node in nodes:
            notes = node["metadata"].get("annotations", {})
            is_open = marks.OPEN_SINCE in notes or (self._groups and marks.CORDONED not in notes)
            if not is_open or marks.LEAVING in notes or node["spec"].get("unschedulable"):
                found.append(f"{node['metadata']['name']} is held, or leaves")
        wanted = sum(sizes(self._served).values()) if self._groups else len(running)
        if wanted != len(running):
            found.append(f"the groups want {wanted} instances and have {len(running)}")
        claims = [item["claim"] for item in instances.values() if item["claim"]]
        twice = sorted({name for name in claims if claims.count(name) > 1})
        self._passed.launched = len(instances)
        return found + [f"{name} was launched twice" for name in twice]

    def _instances(self) -> dict[str, dict[str, str]]:
        found = {}
        pages = self._served.client("ec2").get_paginator("describe_instances").paginate()
        for page in pages:
            for reservation in page["Reservations"]:
                for item in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", ())}
                    state = item["State"]["Name"]
                    found[item["InstanceId"]] = {
                        "state": "running" if state == "pending" else state,
                        "claim": tags.get("kubestow.dev/claim", ""),
                    }
        return found


def main(options: argparse.Namespace) -> int:
    """Print what held; return 1 where something did not."""
    found = run(options)
    print(json.dumps(found, indent=2))
    return 1 if found["faults"] else 0
