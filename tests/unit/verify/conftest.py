"""A scene: a snapshot and a plan, built by hand, and what the judge says of them."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.catalog.node_labels import instance_type_labels, placed_labels, pool_labels
from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, InstanceType, Offering, Price, Zone
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import (
    LowerBound,
    Plan,
    PlannedNode,
    Unschedulable,
)
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.resources import amounts
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.verify import Violation, judge

REGION = "here-1"
ZONES = ("a", "b", "c")
FREE = Price(0, "existing")
POD_FACTS = {"labels", "volume_claims", "terminating", "rejected", "daemonset", "namespace"}


def shape(name: str, **facts: Any) -> InstanceType:
    standard: dict[str, Any] = {
        "vcpu": 4, "memory_mib": 16384, "architecture": "amd64", "network_interfaces": 2,
        "ipv4_per_interface": 10, "ebs_attachments": 6, "ebs_attachments_shared": False,
    }  # fmt: skip
    return InstanceType(name, **standard | facts)


TYPES = {
    item.name: item
    for item in (
        shape("m9.large"),
        shape("m9.xlarge", vcpu=8),
        shape("m1.large", current_generation=False),
        shape("g9.large", architecture="arm64"),
    )
}
PRICES = {"m9.large": 100, "m9.xlarge": 200, "m1.large": 90, "g9.large": 80}
OFFERINGS = tuple(
    Offering(name, zone, "on-demand", Price(PRICES[name], "list"))
    for name in TYPES
    for zone in ZONES
)
UNPRICED = Offering("m9.large", "a", "spot", None)


def sorted_pairs(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


class Scene:
    """A cluster and a plan under construction; every method adds one thing."""

    def __init__(self) -> None:
        self.cluster: dict[str, Any] = {
            "pods": [], "nodes": [], "daemonsets": [], "namespaces": {}, "claims": {},
            "volumes": {}, "storage_classes": {},
        }  # fmt: skip
        self.planned: dict[str, PlannedNode] = {}
        self.pools = [NodePool("default")]
        self.unschedulable: list[str] = []
        self.bound_nano = 0
        self.witness: tuple[str, ...] = ()

    def template(self, facts: dict[str, Any]) -> PodTemplate:
        facts["requests"] = amounts(facts.pop("requests", {"cpu": 100}))
        facts["node_selector"] = sorted_pairs(facts.pop("node_selector", {}))
        return PodTemplate(**facts)

    def pod(self, name: str, on: str = "", *, bound: bool = False, **facts: Any) -> None:
        """Add a pod, and put it on a planned node, or bind it to an existing one."""
        own = {key: facts.pop(key) for key in sorted(POD_FACTS & set(facts))}
        own["labels"] = sorted_pairs(own.get("labels", {}))
        namespace = own.pop("namespace", "default")
        node_name = on if bound else ""
        pod = Pod(namespace, name, self.template(facts), node_name=node_name, **own)
        self.cluster["pods"].append(pod)
        if on:
            self.put(pod.key, on)

    def put(self, key: str, on: str) -> None:
        """Name a pod on a planned node."""
        node = self.planned[on]
        self.planned[on] = replace(node, pods=(*node.pods, key))

    def daemonset(self, name: str, **facts: Any) -> None:
        """Add a DaemonSet."""
        labels = sorted_pairs(facts.pop("labels", {}))
        self.cluster["daemonsets"].append(DaemonSet("system", name, self.template(facts), labels))

    def old(self, name: str, zone: str = "a", *, labels: Any = None, **facts: Any) -> None:
        """Add an existing node, and plan to keep it."""
        room = amounts(facts.pop("allocatable", {"cpu": 4000, "pods": 10}))
        standard = {names.HOSTNAME: name, names.ZONE: zone}
        own = sorted_pairs(standard | (labels or {}))
        node = Node(name, own, room, **facts)
        self.cluster["nodes"].append(node)
        self.planned[name] = PlannedNode(
            name, "", "", zone, "", FREE, own, node.taints, room, (), existing=True
        )

    def new(
        self, name: str, zone: str = "a", kind: str = "m9.large", *, labels: Any = None,
        pool: str = "default", **changes: Any,
    ) -> None:  # fmt: skip
        """Plan a new node; ``changes`` replace what would be right."""
        own = next(p for p in self.pools if p.name == pool)
        offered = placed_labels(
            instance_type_labels(TYPES[kind]), REGION, zone, f"id-{zone}", "on-demand"
        )
        offered |= {names.HOSTNAME: name} | pool_labels(own) | dict(own.labels)
        node = PlannedNode(
            name, pool, kind, zone, "on-demand", Price(PRICES[kind], "list"),
            sorted_pairs(offered | (labels or {})), own.taints,
            allocatable(TYPES[kind], own.node_class), (),
        )  # fmt: skip
        self.planned[name] = replace(node, **changes)

    def change(self, name: str, **changes: Any) -> None:
        """Change a planned node."""
        self.planned[name] = replace(self.planned[name], **changes)

    def found(self) -> tuple[Violation, ...]:
        """Judge the scene."""
        cluster = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in self.cluster.items()
        }
        zones = tuple(Zone(zone, f"id-{zone}") for zone in ZONES)
        snapshot = Snapshot(
            Cluster(**cluster), Catalog(REGION, zones, TYPES, (*OFFERINGS, UNPRICED))
        )
        plan = Plan(
            REGION,
            tuple(self.planned.values()),
            tuple(Unschedulable(pod, ()) for pod in self.unschedulable),
            LowerBound(self.bound_nano, "L1"),
            witness=self.witness,
        )
        return judge(snapshot, plan, tuple(self.pools))

    def rules(self) -> list[str]:
        """Judge the scene and return the broken rules."""
        return sorted({item.rule for item in self.found()})

    def subjects(self) -> list[str]:
        """Judge the scene and return what the violations are about."""
        return sorted({item.subject for item in self.found()})


@pytest.fixture
def scene() -> Scene:
    return Scene()
