"""Stand-ins for Karpenter and Cluster Autoscaler, as far as a change-over meets them.

Law: one runs as long as its Deployment has a running pod, and then holds its Lease; it launches for
pods that nothing takes, and ends only what it launched. It decides nothing cleverly.
"""

import json
import math
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tests.differential.api import Client
from tests.differential.model import Object

from kubestow.model import labels as names
from kubestow.model.adoption import KARPENTER_FINALIZER
from kubestow.model.nodepool import NodePool

from .kubelets import Kubelets
from .world import LiveWorld

_LOOK_SECONDS = 0.5
_MERGE = {"Content-Type": "application/merge-patch+json"}
_CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
TYPE, CPUS, MEMORY_GIB = "m5.xlarge", 3.5, 13.0
"""What is launched, and what pods find on it."""


def resources(pod: Object) -> tuple[float, float]:
    """Return a pod's requests in cores and GiB, as the workloads of a change-over write them."""
    cores = memory = 0.0
    for container in pod["spec"]["containers"]:
        asked = container.get("resources", {}).get("requests", {})
        cpu = asked.get("cpu", "0")
        cores += float(cpu[:-1]) / 1000 if cpu.endswith("m") else float(cpu)
        memory += float(asked.get("memory", "0Gi").replace("Mi", "e-3").replace("Gi", ""))
    return cores, memory


def is_unschedulable(pod: Object) -> bool:
    """Return whether kube-scheduler has said that nothing takes a pod."""
    conditions = pod["status"].get("conditions", ())
    return pod["status"]["phase"] == "Pending" and any(
        each["type"] == "PodScheduled" and each.get("reason") == "Unschedulable"
        for each in conditions
    )


@dataclass
class ManagerStandIn:
    """A manager; ``alive`` are the times (since 1970) from when until when it was running."""

    world: LiveWorld
    kubelets: Kubelets
    deployment: str
    lease: str
    pool: NodePool
    zone: str
    alive: list[list[float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def api(self) -> Client:
        """Return the cluster's client."""
        return self.world.api

    def run(self, stopped: threading.Event) -> None:
        """Run until stopped."""
        was = False
        while not stopped.wait(_LOOK_SECONDS):
            runs = self.runs()
            now = time.time()
            if runs and not was:
                self.alive.append([now, now])
            if runs:
                self.alive[-1][1] = now
                self._renew()
                try:
                    self.act()
                except Exception as fault:  # told at the end of the run
                    self.failures.append(f"{type(fault).__name__}: {fault}")
            elif was:
                self.alive[-1][1] = now
            was = runs

    def runs(self) -> bool:
        """Return whether its Deployment has a running pod."""
        return any(
            pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == self.deployment
            and pod["status"]["phase"] == "Running"
            and "deletionTimestamp" not in pod["metadata"]
            for pod in self.api.objects("Pod")
        )

    def act(self) -> None:
        """Do what a manager does in a turn."""
        raise NotImplementedError

    def launched(self, count: int) -> list[str]:
        """Launch nodes; return their names. What joins them is this stand-in, no other."""
        before = set(self.world.nodes)
        made = self.world.launch(self.pool, TYPE, self.zone, "on-demand", count)
        for instance in set(self.world.nodes) - before:
            self.kubelets.joined[instance] = self.world.nodes[instance]
        return made

    def missing(self) -> int:
        """Return how many nodes the pods that wait would fill."""
        waiting = [pod for pod in self.api.objects("Pod")
                   if is_unschedulable(pod) and not pod["spec"].get("nodeSelector")]  # fmt: skip
        cores, memory = (sum(each) for each in zip((0, 0), *map(resources, waiting), strict=True))
        return math.ceil(max(cores / CPUS, memory / MEMORY_GIB))

    def _renew(self) -> None:
        """Hold the Lease; it is not given back, so that others must see it expire."""
        folder = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {"holderIdentity": f"{self.deployment}-1", "renewTime": now,
                "leaseDurationSeconds": 15}  # fmt: skip
        status, _ = self.api.request(
            "PATCH", f"{folder}/{self.lease}", {"spec": spec}, headers=_MERGE
        )
        if status == 404:
            metadata = {"name": self.lease, "namespace": "kube-system"}
            self.api.request("POST", folder, {"metadata": metadata, "spec": spec})


@dataclass
class KarpenterStandIn(ManagerStandIn):
    """Karpenter: NodeClaims and finalizers; ``drained`` are pods that it would have to evict."""

    drained: list[str] = field(default_factory=list)
    _launched_at: float = 0.0

    def act(self) -> None:
        """End what was deleted, and launch for pods that wait."""
        claims = json.loads(self.api.call("GET", _CLAIMS))["items"]
        for claim in claims:
            if "deletionTimestamp" in claim["metadata"]:
                self._end(claim)
        if time.monotonic() - self._launched_at > 4.0 and (count := self.missing()):
            for name in self.launched(count):
                self._claim(name)
            self._launched_at = time.monotonic()

    def _claim(self, node: str) -> None:
        name = f"{self.pool.name}-{node.split('.')[0]}"
        labels = {names.NODEPOOL: self.pool.name}
        body = {
            "apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
            "metadata": {"name": name, "labels": labels, "finalizers": [KARPENTER_FINALIZER]},
            "status": {"nodeName": node},
        }  # fmt: skip
        uid = json.loads(self.api.call("POST", _CLAIMS, body))["metadata"]["uid"]
        owner = {"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim", "name": name, "uid": uid}
        metadata = {"finalizers": [KARPENTER_FINALIZER], "ownerReferences": [owner]}
        self.api.request("PATCH", f"/api/v1/nodes/{node}", {"metadata": metadata}, headers=_MERGE)

    def _end(self, claim: Object) -> None:
        node = claim["status"]["nodeName"]
        self.drained += [
            pod["metadata"]["name"]
            for pod in self.api.objects("Pod")
            if pod["spec"].get("nodeName") == node
            and pod["metadata"].get("ownerReferences", [{}])[0].get("kind") != "DaemonSet"
        ]
        nothing = {"metadata": {"finalizers": None}}
        self.api.request("PATCH", f"/api/v1/nodes/{node}", nothing, headers=_MERGE)
        self.world.terminate(node)
        where = f"{_CLAIMS}/{claim['metadata']['name']}"
        self.api.request("PATCH", where, nothing, headers=_MERGE)


@dataclass
class AutoscalerStandIn(ManagerStandIn):
    """Cluster Autoscaler: it raises its group for pods that wait, and lowers it never."""

    _launched_at: float = 0.0

    def act(self) -> None:
        """Launch for pods that wait."""
        if time.monotonic() - self._launched_at > 4.0 and (count := self.missing()):
            self.launched(count)
            self._launched_at = time.monotonic()


@dataclass
class ScalingStandIn(ManagerStandIn):
    """Cluster Autoscaler over an Auto Scaling group of the cloud: it asks it for more nodes."""

    scaling_group: str = ""
    raised: list[int] = field(default_factory=list)
    """The sizes that it asked for."""

    def act(self) -> None:
        """Ask for more nodes for pods that wait, once those that it asked for are Ready."""
        count, scaling = self.missing(), self.world.cloud.client("autoscaling")
        if not count:
            return
        (group,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.scaling_group])[
            "AutoScalingGroups"
        ]
        ready = sum(
            node["metadata"]["labels"].get(names.EKS_NODE_GROUP) == self.pool.name
            and any(c["type"] == "Ready" and c["status"] == "True"
                    for c in node["status"]["conditions"])
            for node in self.api.objects("Node")
        )  # fmt: skip
        if ready < group["DesiredCapacity"]:
            return
        self.raised.append(group["DesiredCapacity"] + count)
        scaling.set_desired_capacity(
            AutoScalingGroupName=self.scaling_group, DesiredCapacity=self.raised[-1]
        )


@dataclass
class GroupsStandIn:
    """What AWS does with node groups when it is told their sizes; ``told`` are the commands."""

    managers: dict[str, ManagerStandIn]
    told: list[list[str]] = field(default_factory=list)

    def do(self, words: list[str]) -> str:
        """Carry out a command of the AWS CLI; return why it cannot be, or nothing."""
        self.told.append(words)
        options = dict(pairwise(words[2:]))
        if words[:2] == ["eks", "update-nodegroup-config"]:
            sizes = dict(part.split("=") for part in options["--scaling-config"].split(","))  # type: dict[str, str]
            return self._resize(options["--nodegroup-name"], int(sizes["desiredSize"]))
        if words[:3] == ["eks", "wait", "nodegroup-active"]:
            return ""
        if words[:2] == ["autoscaling", "terminate-instance-in-auto-scaling-group"]:
            world = next(iter(self.managers.values())).world
            world.terminate(world.nodes[options["--instance-id"]])
            return ""
        return f"no such command: {' '.join(words)}"

    def _resize(self, group: str, size: int) -> str:
        manager = self.managers.get(group)
        if manager is None:
            return f"no such group: {group}"
        nodes = [
            node["metadata"]["name"]
            for node in manager.api.objects("Node")
            if node["metadata"]["labels"].get(names.EKS_NODE_GROUP) == group
        ]
        for node in sorted(nodes)[size:]:
            manager.world.terminate(node)
        if size > len(nodes):
            manager.launched(size - len(nodes))
        return ""


def described(intervals: list[list[float]]) -> list[Any]:
    """Return how long each time was, in seconds."""
    return [round(last - first, 1) for first, last in intervals]
