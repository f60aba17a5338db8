"""A change-over by its runbook, and the way back by its own, while pods run.

Law: the commands are those that 'kubestow adopt -o json' writes, run by bash as they are; only
words that it says are to be filled in are. What is told is taken from the API server, its audit
log and EC2. Karpenter, Cluster Autoscaler and AWS's node groups are stand-ins.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.differential.model import Object
from tests.differential.objects.definitions import definition

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.kubernetes.facts import instant
from kubestow.live import marks
from kubestow.model import labels as names
from kubestow.model.adoption import KARPENTER_FINALIZER, LEASE_SECONDS
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import Launcher, NodeClass
from kubestow.testing import nodepool

from .account import furnish
from .bed import LiveBed, live_bed
from .cloud import LiveCloud, cloud
from .controlled import create, launch_classes
from .deployed import ACCOUNT, DeployedController
from .kubelets import Kubelets, kubelets
from .runbook_shell import ROOT, Shell
from .stand_ins import (
    AutoscalerStandIn,
    GroupsStandIn,
    KarpenterStandIn,
    ManagerStandIn,
    described,
)
from .workloads import wait_until
from .world import LiveWorld

GENERAL = ROOT / "examples" / "nodepools" / "general.yaml"
CLUSTER, REGION, SPACE = "online-shop", "ap-northeast-2", "shop"
ROLE = "KarpenterNodeRole-online-shop"
_LOOK_SECONDS = 0.25
_UNAVAILABLE = 2  # as PodDisruptionBudgets have it
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FILLED_IN = {"minSize=MIN": "minSize=1"}
_OFF_NODEPOOLS = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
    "nodeSelectorTerms": [{"matchExpressions": [
        {"key": names.NODEPOOL, "operator": "DoesNotExist"}]}]}}}  # fmt: skip
"""Of Karpenter's chart (karpenter v1.14 charts/karpenter/values.yaml)."""
REPLICAS = {"web": (14, "500m", "1Gi"), "cache": (5, "700m", "3Gi"), "single": (1, "1", "2Gi")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a change-over."""
    parser.add_argument("--of", choices=("karpenter", "cluster-autoscaler"), default="karpenter")
    parser.add_argument("--keep-groups", action="store_true", help="the node groups stay")
    parser.add_argument("--log", default="", help="a directory for the log and the runbooks")


def deployment(name: str, namespace: str, replicas: int, cpu: str, memory: str) -> Object:
    """Return a Deployment that replaces its pods successor first."""
    labels = {"app.kubernetes.io/name": name}
    container = {"name": "main", "image": f"{name}:1",
                 "resources": {"requests": {"cpu": cpu, "memory": memory}}}  # fmt: skip
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }  # fmt: skip


def workloads() -> list[Object]:
    """Return the Deployments whose pods run throughout, with a budget for each of several."""
    made = [deployment(name, SPACE, *shape) for name, shape in REPLICAS.items()]
    for name, (replicas, *_) in REPLICAS.items():
        if replicas > 1:
            labels = {"app.kubernetes.io/name": name}
            made.append({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": {"name": name, "namespace": SPACE},
                "spec": {"maxUnavailable": _UNAVAILABLE, "selector": {"matchLabels": labels}},
            })  # fmt: skip
    return made


@dataclass
class Watch:
    """What pods went through: seconds that they waited, and how many ran at least."""

    bed: LiveBed
    pending_seconds: dict[str, float] = field(default_factory=dict)
    least_running: dict[str, int] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    single_down_seconds: float = 0.0

    def run(self, stopped: threading.Event) -> None:
        """Look until stopped."""
        last = time.monotonic()
        while not stopped.wait(_LOOK_SECONDS):
            now = time.monotonic()
            running: Counter[str] = Counter()
            for pod in self.bed.api.objects("Pod"):
                meta = pod["metadata"]
                if meta["namespace"] != SPACE or "deletionTimestamp" in meta:
                    continue
                if pod["status"]["phase"] == "Pending":
                    key = meta["name"]
                    self.pending_seconds[key] = self.pending_seconds.get(key, 0.0) + now - last
                elif pod["status"]["phase"] == "Running":
                    running[meta["labels"]["app.kubernetes.io/name"]] += 1
            if not running["single"]:
                self.single_down_seconds += now - last
            for name in REPLICAS:
                least = self.least_running.get(name, REPLICAS[name][0])
                self.least_running[name] = min(least, running[name])
            self._look_at_nodes()
            last = now

    def _look_at_nodes(self) -> None:
        """Note nodes that are not kubestow's and have marks of it."""
        for node in self.bed.api.objects("Node"):
            meta = node["metadata"]
            if (
                KARPENTER_FINALIZER in meta.get("finalizers", ())
                or names.EKS_NODE_GROUP in meta["labels"]
            ):
                keys = [*meta.get("annotations", {}), *meta.get("finalizers", ())]
                keys += [taint["key"] for taint in node["spec"].get("taints", ())]
                if any(key.startswith(marks.PREFIX) for key in keys):
                    self.touched.add(meta["name"])

    def told(self) -> dict[str, Any]:
        """Return what was seen, and begin anew."""
        waits = sorted(self.pending_seconds.values())
        found = {
            "podsThatWaited": len(waits),
            "pendingSecondsSum": round(sum(waits), 1),
            "pendingSecondsMax": round(max(waits, default=0.0), 1),
            "leastRunning": dict(self.least_running),
            "singleReplicaDownSeconds": round(self.single_down_seconds, 1),
        }
        self.single_down_seconds = 0.0
        self.pending_seconds, self.least_running = {}, {}
        return found


@dataclass
class Change:
    """A cluster under one manager, changed over and back."""

    bed: LiveBed
    served: LiveCloud
    catalog: Catalog
    manager: ManagerStandIn
    shell: Shell
    watch: Watch
    options: str
    say: Callable[[str], None]
    wanted: int = sum(replicas for replicas, *_ in REPLICAS.values())

    def over(
        self, *more: str, after: Mapping[int, Callable[[], None]] | None = None
    ) -> dict[str, Any]:
        """Change over, or back; return what was seen.

        ``after`` is what else happens once a step was done; 0 is the plan.
        """
        began, wall = time.monotonic(), time.time()
        name = "back" if more else "over"
        command = (
            f"kubestow adopt --cluster --image-repository kubestow --eks-cluster {CLUSTER} "
            f"--region {REGION} {' '.join((self.options, *more))}"
        )
        shown = self.shell.run(command, asked=True)
        (self.shell.folder / f"{name}.txt").write_text(shown, encoding="utf-8")
        plan = json.loads(self.shell.run(f"{command} -o json", asked=True))
        steps = plan["runbook"]
        self.say(f"{name}: {len(steps)} steps, {len(plan['waves'])} waves, "
                 f"findings {[item['check'] for item in plan['findings']]}")  # fmt: skip
        assert plan["ready"], [item["reason"] for item in plan["findings"]]
        self.watch.told()
        ran, happens = 0, after or {}
        for number, step in enumerate(steps, 1):
            happens.get(number - 1, lambda: None)()
            if "ACCOUNT" in step["fillIn"]:
                continue  # a role of IAM, which the bed does not ask for
            self.say(f"  {number}. {step['phase']}: {step['title']}")
            for command in step["commands"]:
                if " logs " in command:
                    continue  # KWOK's pods have none; the controller's log is in the folder
                for word, filled in _FILLED_IN.items():
                    command = command.replace(word, filled)
                self.shell.run(command)
                ran += 1
        wait_until(self.not_at_rest, 120)
        return {
            "findings": dict(Counter(item["check"] for item in plan["findings"])),
            "steps": len(steps),
            "commandsRun": ran,
            "waves": len(plan["waves"]),
            "seconds": round(time.monotonic() - began, 1),
            "usdPerHourTold": plan["cost"],
            **self.watch.told(),
            **self.acts_since(wall),
            "nodes": self.nodes(),
        }

    def acts_since(self, wall: float) -> dict[str, Any]:
        """Return what was evicted, and what kubestow did while the manager was running."""
        requests = [item for item in self.bed.plane.audited_requests() if item.at >= wall]
        evictions = [item for item in requests if item.resource == "pods/eviction"]
        own = [
            item
            for item in requests
            if item.user == ACCOUNT
            and item.verb not in ("get", "list", "watch")
            and "leases" not in item.resource
            and item.status < 300
        ]
        beside = [
            item
            for item in own
            if any(first <= item.at <= last for first, last in self.manager.alive)
        ]
        return {
            "evictions": sum(item.status < 300 for item in evictions),
            "evictionsRefused": sum(item.status == 429 for item in evictions),
            "evictionsOfKubestow": sum(item.user == ACCOUNT for item in evictions),
            "deedsOfKubestow": len(own),
            "deedsBesideTheManager": len(beside),
            "forbidden": sum(i.user == ACCOUNT and i.status == 403 for i in requests),
            "preempted": self.preempted(wall),
        }

    def preempted(self, wall: float) -> list[str]:
        """Return the pods that kube-scheduler took away for kubestow's own."""
        where = f"/api/v1/namespaces/{SPACE}/events"
        found = json.loads(self.bed.api.call("GET", where))["items"]
        return [
            item["involvedObject"]["name"]
            for item in found
            if item["reason"] == "Preempted" and (instant(_at(item)) or 0) >= wall - 1
        ]

    def nodes(self) -> dict[str, int]:
        """Return how many nodes each manager has."""
        found: Counter[str] = Counter()
        for node in self.bed.api.objects("Node"):
            meta = node["metadata"]
            if KARPENTER_FINALIZER in meta.get("finalizers", ()):
                found["Karpenter"] += 1
            elif marks.FINALIZER in meta.get("finalizers", ()):
                found["kubestow"] += 1
            else:
                found[meta["labels"].get(names.EKS_NODE_GROUP, "nobody")] += 1
        return dict(found)

    def not_at_rest(self) -> list[str]:
        """Return what is missing until all pods run, on nodes that EC2 has too."""
        pods = [pod for pod in self.bed.api.objects("Pod")
                if pod["metadata"]["namespace"] == SPACE]  # fmt: skip
        missing = [pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] != "Running"]
        missing += [f"{len(pods)} pods of {self.wanted}"] if len(pods) != self.wanted else []
        there = sorted(node["spec"]["providerID"].rpartition("/")[2]
                       for node in self.bed.api.objects("Node"))  # fmt: skip
        pages = self.served.client("ec2").get_paginator("describe_instances").paginate()
        runs = sorted(
            item["InstanceId"]
            for page in pages
            for reservation in page["Reservations"]
            for item in reservation["Instances"]
            if item["State"]["Name"] in ("pending", "running")
        )
        return missing + ([f"Nodes {there}, instances {runs}"] if there != runs else [])


@contextlib.contextmanager
def beside(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run each in a thread for the length of a block."""
    stopped = threading.Event()
    threads = [threading.Thread(target=work, args=(stopped,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(20)


def run(options: argparse.Namespace) -> int:
    """Change a cluster over and back; print what was seen."""

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    catalog = load_catalog(REGION, embedded_only=True)
    with contextlib.ExitStack() as stack:
        folder = Path(options.log or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        served = stack.enter_context(cloud(catalog))
        furnish(served, CLUSTER, launch_classes(str(GENERAL)), "interruptions")
        bed = stack.enter_context(live_bed(say, audited=True, users=(ACCOUNT,)))
        joining = Kubelets(bed.api, served, catalog, NodeClass(), (1.0, 3.0))
        stack.enter_context(kubelets(joining))
        found = changed(options.of, (bed, served, catalog, joining), folder, say)
    print(json.dumps(found, indent=2))
    return 0 if found["isAsItShould"] else 1


def changed(
    of: str,
    parts: tuple[LiveBed, LiveCloud, Catalog, Kubelets],
    folder: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Change a cluster over and back; return what was seen."""
    bed, served, catalog, joining = parts
    world = LiveWorld(bed.api, served, catalog)
    zones = [zone.name for zone in catalog.zones]
    system = ManagerStandIn(world, joining, "", "", _group("system"), zones[0])
    manager = _manager(of, world, joining, zones[0], bed)
    groups = GroupsStandIn({"system": system} | ({"general": manager} if of != "karpenter" else {}))
    shell, watch = Shell(bed, folder, groups), Watch(bed)
    system.launched(2)
    app = "karpenter" if of == "karpenter" else "cluster-autoscaler"
    own = deployment(app, "kube-system", 2 if of == "karpenter" else 1, "200m", "256Mi")
    if of == "karpenter":
        own["spec"]["template"]["spec"]["affinity"] = _OFF_NODEPOOLS
    create(bed, [own])
    runner = DeployedController(bed, served, folder)
    with beside(manager.run, runner.run, watch.run, shell.answer_calls):
        wait_until(lambda: [] if manager.alive else [app], 60)
        home = bed.api.objects("Node")
        _cordon(bed, home, True)  # it has room for kubestow at first, as it should
        create(bed, workloads())
        change = Change(bed, served, catalog, manager, shell, watch, "", say)
        wait_until(change.not_at_rest, 120)
        _cordon(bed, home, False)
        before = change.nodes()
        say(f"all pods run on {before}")
        if of != "karpenter":
            change.options = f"--nodepool {_nodepools(shell)}"
        over = change.over()
        say(f"over: {over}")
        left = manager.alive[-1][1] + LEASE_SECONDS - time.time()
        time.sleep(max(0.0, left))  # a Lease that was renewed within a minute counts as held
        back = change.over("--back")
        say(f"back: {back}")
    return {
        "of": of,
        "before": before,
        "over": over,
        "back": back,
        "managerRanSeconds": described(manager.alive),
        "podsThatTheManagerWouldHaveEvicted": len(getattr(manager, "drained", [])),
        "nodesOfOthersThatKubestowTouched": len(watch.touched),
        "controllerStarts": runner.starts,
        "commandsTriedAgain": dict(Counter(text.split()[0] for text in shell.retries)),
        "failures": [*manager.failures, *joining.failures],
        "isAsItShould": _is_as_it_should(over, back, before, watch, manager),
    }


def _is_as_it_should(
    over: dict[str, Any], back: dict[str, Any], before: dict[str, int], watch: Watch,
    manager: ManagerStandIn,
) -> bool:  # fmt: skip
    """Return whether both ways ended where they should, with one hand at a time."""
    return (
        set(over["nodes"]) == {"system", "kubestow"}
        and set(back["nodes"]) == set(before)
        and not (over["deedsBesideTheManager"] or back["deedsBesideTheManager"])
        and not (over["forbidden"] or back["forbidden"])
        and not (watch.touched or manager.failures)
        and not (over["preempted"] or back["preempted"])
        and all(
            way["leastRunning"][name] >= replicas - _UNAVAILABLE
            for way in (over, back)
            for name, (replicas, *_) in REPLICAS.items()
            if replicas > 1
        )
    )


def _cordon(bed: LiveBed, nodes: list[Object], is_cordoned: bool) -> None:
    for node in nodes:
        bed.api.patch(node, {"spec": {"unschedulable": is_cordoned}})


def _at(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")


def _group(name: str) -> Any:
    return nodepool(name, launched_by=Launcher.MANAGED_NODE_GROUP)


def _manager(
    of: str, world: LiveWorld, joining: Kubelets, zone: str, bed: LiveBed
) -> ManagerStandIn:
    if of != "karpenter":
        return AutoscalerStandIn(
            world, joining, "cluster-autoscaler", "cluster-autoscaler", _group("general"), zone
        )
    for item in (definition("NodePool"), definition("EC2NodeClass"), _claims()):
        bed.api.call("POST", _DEFINITIONS, item)
    plurals = {"NodePool": "karpenter.sh/v1/nodepools",
               "EC2NodeClass": "karpenter.k8s.aws/v1/ec2nodeclasses"}  # fmt: skip
    served = [*plurals.values(), "karpenter.sh/v1/nodeclaims"]
    wait_until(
        lambda: [path for path in served if bed.api.request("GET", f"/apis/{path}")[0] != 200], 60
    )
    for item in yaml.safe_load_all(GENERAL.read_text("utf-8")):
        bed.api.call("POST", f"/apis/{plurals[item['kind']]}", item)
    pool = nodepool("general", node_class=NodeClass("general"))
    return KarpenterStandIn(world, joining, "karpenter", "karpenter-leader-election", pool, zone)


def _claims() -> Object:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True,
               "schema": {"openAPIV3Schema": schema}}  # fmt: skip
    kinds = {"kind": "NodeClaim", "plural": "nodeclaims", "singular": "nodeclaim"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "nodeclaims.karpenter.sh",
                     "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {"group": "karpenter.sh", "names": kinds, "scope": "Cluster",
                 "versions": [version]},
    }  # fmt: skip


def _nodepools(shell: Shell) -> Path:
    """Return the NodePools that are offered, with what is not known filled in."""
    text = shell.run(
        f"kubestow adopt --cluster -o nodepools --eks-cluster {CLUSTER} --region {REGION}",
        asked=True,
    )
    path = shell.folder / "nodepools.yaml"
    filled = text.replace("FILL-IN-NODE-ROLE", ROLE)
    assert "FILL-IN-" not in filled, filled
    path.write_text(filled, encoding="utf-8")
    return path
