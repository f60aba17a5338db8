"""A change-over in which the node groups stay, by its runbook, and the way back, while pods run.

Law: groups are Auto Scaling groups of the cloud; who scales them, Cluster Autoscaler's stand-in or
kubestow, asks that for a size and nothing else launches. Pods are scaled up under each in turn. A
node has Cluster Autoscaler's taint before, and on the way back one has the marks with which
kubestow drains: those two are put there, since the moment of a stop cannot be chosen.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.model import Object

from kubestow.adapters.catalog_files import load_catalog
from kubestow.live import marks, stewardship
from kubestow.model import labels as names
from kubestow.model.adoption import LEASE_SECONDS
from kubestow.model.nodepool import Launcher, NodeClass
from kubestow.testing import nodepool

from .account import furnish
from .adopted import CLUSTER, REGION, REPLICAS, SPACE, Change, Watch, beside, deployment, workloads
from .bed import live_bed
from .cloud import cloud
from .controlled import create
from .deployed import ACCOUNT, DeployedController
from .kubelets import Kubelets, kubelets
from .node_groups import MadeGroup, make_group
from .runbook_shell import Shell
from .stand_ins import TYPE, GroupsStandIn, ScalingStandIn, described
from .workloads import wait_until
from .world import LiveWorld

_APP, _GROUP, _HOME = "cluster-autoscaler", "general", "system"
_ARGUMENTS = ["--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled"]
_TAINT = {"key": "ToBeDeletedByClusterAutoscaler", "value": "1", "effect": "NoSchedule"}
_UNDER_KUBESTOW, _STOPPED, _UNDER_AUTOSCALER = 60, 68, 84
"""Replicas of 'web' under kubestow, when it is stopped, and after the way back."""
_SECONDS = 180


@dataclass
class Scene:
    """A change-over, the group, and who scales it besides kubestow."""

    change: Change
    group: MadeGroup
    manager: ScalingStandIn

    def before(self) -> None:
        """Mark a node as Cluster Autoscaler does that is about to remove it."""
        node = self._nodes()[-1]
        self.change.bed.api.patch(node, {"spec": {"taints": [_TAINT]}})

    def grows(self, replicas: int) -> dict[str, Any]:
        """Scale up; return how the group grew, and how long pods waited for that."""
        first, began = self.size(), time.monotonic()
        self.change.watch.told()
        self._scale(replicas)
        wait_until(self.change.not_at_rest, _SECONDS)
        seen = self.change.watch.told()
        return {
            "nodesOfTheGroup": [first, self.size()],
            "seconds": round(time.monotonic() - began, 1),
            "podsThatWaited": seen["podsThatWaited"],
            "pendingSecondsMax": seen["pendingSecondsMax"],
        }

    def scaled_up_as_it_stops(self) -> None:
        """Scale up, and wait until kubestow holds a node that comes: it is stopped then."""
        self._scale(_STOPPED)
        wait_until(lambda: [] if self._held() else ["a node that is held"], _SECONDS)

    def leaves_as_it_stopped(self) -> None:
        """Mark a node as kubestow does that drains it."""
        held = {node["metadata"]["name"] for node in self._held()}
        node = next(n for n in self._nodes() if n["metadata"]["name"] not in held)
        patch = stewardship.leaving(node, "Underutilized", force=False)
        assert patch is not None
        self.change.bed.api.patch(node, dict(patch))

    def marked(self) -> dict[str, list[str]]:
        """Return what kubestow and Cluster Autoscaler have left on nodes, by node."""
        found = {}
        for node in self.change.bed.api.objects("Node"):
            meta = node["metadata"]
            keys = [*meta.get("annotations", {}), *meta.get("finalizers", ())]
            keys += [taint["key"] for taint in node["spec"].get("taints", ())]
            left = [key for key in keys if key.startswith(marks.PREFIX) or key == _TAINT["key"]]
            left += ["unschedulable"] if node["spec"].get("unschedulable") else []
            left += [marks.EXCLUDED] if marks.EXCLUDED in meta["labels"] else []
            if left:
                found[meta["name"]] = left
        return found

    def size(self) -> int:
        """Return how many instances the group wants."""
        (found,) = self.change.served.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.group.scaling_group]
        )["AutoScalingGroups"]
        return int(found["DesiredCapacity"])

    def _scale(self, replicas: int) -> None:
        self.change.wanted += replicas - self._replicas()
        where = f"-n {SPACE} scale deployment/web"
        self.change.shell.run(f"kubectl {where} --replicas={replicas}")

    def _replicas(self) -> int:
        others = sum(count for name, (count, *_) in REPLICAS.items() if name != "web")
        return self.change.wanted - others

    def _nodes(self) -> list[Object]:
        return [node for node in self.change.bed.api.objects("Node")
                if node["metadata"]["labels"].get(names.EKS_NODE_GROUP) == _GROUP]  # fmt: skip

    def _held(self) -> list[Object]:
        return [node for node in self._nodes()
                if marks.CORDONED in node["metadata"].get("annotations", {})]  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Change over and back with the groups kept; print what was seen."""

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with contextlib.ExitStack() as stack:
        folder = Path(options.log or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        found = _changed(stack, folder, say)
    print(json.dumps(found, indent=2))
    return 0 if found["isAsItShould"] else 1


def _changed(
    stack: contextlib.ExitStack, folder: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    catalog = load_catalog(REGION, embedded_only=True)
    served = stack.enter_context(cloud(catalog))
    furnish(served, CLUSTER, (), "interruptions")
    zone = [catalog.zones[0].name]
    make_group(served, CLUSTER, _HOME, TYPE, zone, sizes=(2, 2, 4))
    group = make_group(served, CLUSTER, _GROUP, TYPE, zone, sizes=(1, 1, 30))
    bed = stack.enter_context(live_bed(say, audited=True, users=(ACCOUNT,)))
    joining = Kubelets(bed.api, served, catalog, NodeClass(), (1.0, 3.0), groups=True)
    stack.enter_context(kubelets(joining))
    pool = nodepool(_GROUP, launched_by=Launcher.MANAGED_NODE_GROUP)
    manager = ScalingStandIn(
        LiveWorld(bed.api, served, catalog), joining, _APP, _APP, pool, zone[0],
        scaling_group=group.scaling_group,
    )  # fmt: skip
    shell, watch = Shell(bed, folder, GroupsStandIn({})), Watch(bed)
    autoscaler = deployment(_APP, "kube-system", 1, "200m", "256Mi")
    autoscaler["spec"]["template"]["spec"]["containers"][0]["args"] = _ARGUMENTS
    create(bed, [autoscaler])
    runner = DeployedController(bed, served, folder)
    with beside(manager.run, runner.run, watch.run):
        wait_until(lambda: [] if manager.alive else [_APP], 60)
        home = [node for node in bed.api.objects("Node")
                if node["metadata"]["labels"].get(names.EKS_NODE_GROUP) == _HOME]  # fmt: skip
        for node in home:  # it has room for kubestow at first, as it should
            bed.api.patch(node, {"spec": {"unschedulable": True}})
        create(bed, workloads())
        change = Change(bed, served, catalog, manager, shell, watch,
                        f"--keep-groups --keep {_HOME}", say)  # fmt: skip
        wait_until(change.not_at_rest, _SECONDS)
        for node in home:
            bed.api.patch(node, {"spec": {"unschedulable": False}})
        found = _lived(Scene(change, group, manager), say)
    found |= {
        "managerRanSeconds": described(manager.alive),
        "controllerStarts": runner.starts,
        "commandsTriedAgain": dict(Counter(text.split()[0] for text in shell.retries)),
        "failures": [*manager.failures, *joining.failures],
    }
    return found | {"isAsItShould": _is_as_it_should(found)}


def _lived(scene: Scene, say: Callable[[str], None]) -> dict[str, Any]:
    """Change over, grow, change back, and grow again; return what was seen."""
    change, manager = scene.change, scene.manager
    before = change.nodes()
    say(f"all pods run on {before}")
    scene.before()
    over = change.over()
    over["marked"] = scene.marked()
    say(f"over: {over}")
    asked = len(manager.raised)
    under_kubestow = scene.grows(_UNDER_KUBESTOW)
    say(f"grown by kubestow: {under_kubestow}")
    left = manager.alive[-1][1] + LEASE_SECONDS - time.time()
    time.sleep(max(0.0, left))  # a Lease that was renewed within a minute counts as held
    old = {pod["metadata"]["name"] for pod in change.bed.api.objects("Pod")}
    change.options = ""  # that the groups are kept is known from kubestow's Deployment
    back = change.over(
        "--back", after={0: scene.scaled_up_as_it_stops, 1: scene.leaves_as_it_stopped}
    )
    back["marked"] = scene.marked()
    there = {pod["metadata"]["name"] for pod in change.bed.api.objects("Pod")
             if pod["metadata"]["namespace"] == SPACE}  # fmt: skip
    back["podsThatWereThereAndAreGone"] = len(
        [name for name in old - there if name.startswith(tuple(REPLICAS))]
    )
    say(f"back: {back}")
    raised = len(manager.raised) - asked
    under_autoscaler = scene.grows(_UNDER_AUTOSCALER)
    say(f"grown by Cluster Autoscaler: {under_autoscaler}")
    return {
        "before": before,
        "over": over,
        "grownByKubestow": under_kubestow,
        "back": back,
        "grownByClusterAutoscaler": under_autoscaler,
        "sizesThatTheManagerAskedFor": manager.raised,
        "sizesThatTheManagerAskedForMeanwhile": raised,
    }


def _is_as_it_should(found: dict[str, Any]) -> bool:
    """Return whether no pod moved or waited for it, and the groups grew in each hand."""
    over, back = found["over"], found["back"]
    return (
        over["nodes"] == found["before"]
        and not (over["marked"] or back["marked"] or found["failures"])
        and not (over["podsThatWaited"] or back["podsThatWereThereAndAreGone"])
        and not any(
            way[key]
            for way in (over, back)
            for key in ("evictions", "evictionsRefused", "deedsBesideTheManager", "forbidden",
                        "preempted")
        )
        and all(
            way["leastRunning"][name] >= replicas
            for way in (over, back)
            for name, (replicas, *_) in REPLICAS.items()
        )
        and all(
            found[key]["nodesOfTheGroup"][0] < found[key]["nodesOfTheGroup"][1]
            for key in ("grownByKubestow", "grownByClusterAutoscaler")
        )
    )  # fmt: skip
