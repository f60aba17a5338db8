"""The laws of test_plans on rougher ground: everything at once that can couple, pin or cap pods.

KUBESTOW_SEEDS=first:last runs any range of seeds.
"""

import os
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, Device
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import (
    DaemonSet,
    HostPort,
    InlineVolume,
    Pod,
    PodAffinityTerm,
    PodTemplate,
    SpreadConstraint,
)
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.testing import (
    GENERAL,
    ZONES,
    catalog,
    daemonset,
    instance_type,
    node,
    pod,
    quantities,
    selector,
    snapshot,
)
from kubestow.verify import judge

from .test_plans import launched_by_chance

RACK = "rack"
APPS = "abcd"
KEYS = (names.ZONE, names.HOSTNAME) * 2 + (names.CAPACITY_TYPE, names.INSTANCE_TYPE, RACK)
DEDICATED = Taint("dedicated", "", "NoSchedule")
NODE_TERMS = (
    (names.ZONE, "In", ("zone-a",)),
    (names.CAPACITY_TYPE, "In", ("spot",)),
    (names.INSTANCE_TYPE, "NotIn", ("m5.large",)),
    (names.AWS_PREFIX + "instance-cpu", "Gt", ("3",)),
    (RACK, "Exists", ()),
    (RACK, "DoesNotExist", ()),
)
POOL_REQUIREMENTS = (
    (names.ZONE, "In", ["zone-a", "zone-b"]),
    (names.CAPACITY_TYPE, "In", ["spot"]),
    (RACK, "In", ["r1", "r2", "r3"]),
    (RACK, "Exists", []),
)


@dataclass
class Rough:
    """Rolls one rough cluster."""

    dice: random.Random
    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    volumes: dict[str, PersistentVolume] = field(default_factory=dict)

    def likely(self, share: float) -> bool:
        return self.dice.random() < share

    def selector(self, app: str) -> LabelSelector:
        if self.likely(0.8):
            return selector(app=app)
        odd = [("In", ("a", "b")), ("NotIn", ("a",)), ("Exists", ())]
        return self.dice.choice(
            [LabelSelector(), *(LabelSelector((SelectorRequirement("app", *o),)) for o in odd)]
        )

    def term(self, app: str) -> PodAffinityTerm:
        return PodAffinityTerm(
            self.dice.choice(KEYS),
            self.selector(app),
            ("other",) if self.likely(0.15) else (),
            self.dice.choice([LabelSelector(), selector(team="q")]) if self.likely(0.15) else None,
        )

    def spread(self, app: str) -> SpreadConstraint:
        return SpreadConstraint(
            self.dice.choice(KEYS),
            self.dice.randint(1, 3),
            self.selector(app),
            self.dice.choice([1, 1, 1, 2, 4]),
            self.likely(0.7),
            self.likely(0.3),
        )

    def constraints(self, app: str) -> dict[str, Any]:
        dice, chosen = self.dice, {}
        another = dice.choice(APPS)
        if self.likely(0.35):
            chosen["spread"] = tuple(self.spread(app) for _ in range(dice.randint(1, 2)))
        if self.likely(0.25):
            chosen["anti_affinity"] = (self.term(dice.choice([app, another])),)
        if self.likely(0.25):
            several = dice.choice([1, 1, 2])
            chosen["affinity"] = tuple(
                self.term(dice.choice([app, app, another])) for _ in range(several)
            )
        if self.likely(0.15):
            key = dice.choice([names.ZONE, names.ZONE, RACK])
            chosen["node_selector"] = ((key, dice.choice([*ZONES, "r1"])),)
        elif self.likely(0.1):
            chosen["node_affinity"] = tuple(
                NodeSelectorTerm((SelectorRequirement(*dice.choice(NODE_TERMS)),))
                for _ in range(dice.randint(1, 2))
            )
        if self.likely(0.12):
            address, protocol = (
                dice.choice(["0.0.0.0", "1.1.1.1", "::"]),
                dice.choice(["TCP", "UDP"]),
            )
            chosen["host_ports"] = (HostPort(address, protocol, dice.choice([80, 8080])),)
        if self.likely(0.2):
            chosen["tolerations"] = (Toleration("dedicated", "Exists"),)
        chosen["priority"] = dice.choice([0, 0, 0, 0, 1, 2])
        if self.likely(0.05):
            chosen["inline_volumes"] = (InlineVolume("ebs", "vol-1"),)
        return chosen

    def requests(self) -> tuple[tuple[str, int], ...]:
        cpu = self.dice.choice(["0", "50m", "250m", "1", "3", "14"])
        found = quantities(cpu=cpu, memory=self.dice.choice(["0", "64Mi", "512Mi", "2Gi", "8Gi"]))
        extra = [("nvidia.com/gpu", 1)] if self.likely(0.12) else []
        return tuple(sorted([*found, *extra]))

    def claim(self, namespace: str, name: str) -> None:
        volume = ""
        if self.likely(0.6):
            volume = f"v-{namespace}-{name}"
            zone = SelectorRequirement(names.ZONE, "In", (self.dice.choice(ZONES),))
            self.volumes[volume] = PersistentVolume(
                volume, (NodeSelectorTerm((zone,)),), is_ebs=True
            )
        mode = self.dice.choice(["ReadWriteOnce", "ReadWriteOncePod"])
        self.claims.setdefault(
            (namespace, name), PersistentVolumeClaim(namespace, name, "gp3", volume, (mode,))
        )

    def group(self, number: int) -> list[Pod]:
        app, namespace = self.dice.choice(APPS), self.dice.choice(["default", "default", "other"])
        template = PodTemplate(requests=self.requests(), **self.constraints(app))
        mine, shared = self.likely(0.1), self.likely(0.1)
        pods = []
        for i in range(self.dice.randint(1, 7)):
            claims: tuple[str, ...] = ()
            if mine or shared:
                claims = (f"c{number}-{i}" if mine else f"c{number}",)
                self.claim(namespace, claims[0])
            labels = (("app", app),)
            pods.append(Pod(namespace, f"{app}{number}-{i}", template, labels, "", claims))
        return pods

    def node(self, number: int) -> Node:
        labels = {RACK: self.dice.choice(["r1", "r2"])} if self.likely(0.5) else {}
        if self.likely(0.5):
            kind = self.dice.choice(["spot", "on-demand"])
            labels |= {names.NODEPOOL: "one", names.INSTANCE_TYPE: "m5.large",
                       names.CAPACITY_TYPE: kind}  # fmt: skip
        made = node(
            f"node-{number}",
            cpu=self.dice.choice(["1", "4"]),
            zone=self.dice.choice(ZONES),
            labels=labels,
            taints=(DEDICATED,) if self.likely(0.2) else (),
            unschedulable=self.likely(0.1),
        )
        missing = [k for k in (names.ZONE, names.HOSTNAME) if self.likely(0.07)]
        return replace(made, labels=tuple(p for p in made.labels if p[0] not in missing))

    def bound(self, number: int) -> list[Pod]:
        pods = []
        for i in range(self.dice.randint(0, 3)):
            held: dict[str, Any] = {}
            if self.likely(0.2):
                held["anti_affinity"] = (self.term(self.dice.choice(APPS)),)
            made = pod(
                f"bound-{number}-{i}", self.dice.choice(["0", "500m", "2"]), "1Gi", **held,
                labels={"app": self.dice.choice(APPS)}, node=f"node-{number}",
                namespace=self.dice.choice(["default", "other"]),
            )  # fmt: skip
            pods.append(replace(made, terminating=self.likely(0.2)))
        return pods

    def daemonsets(self) -> tuple[DaemonSet, ...]:
        found = [daemonset("agent")] if self.likely(0.5) else []
        if self.likely(0.2):
            found.append(daemonset("logs", host_ports=(HostPort("0.0.0.0", "TCP", 8080),)))
        if self.likely(0.15):
            template = PodTemplate(requests=quantities(cpu="100m"))
            found.append(DaemonSet("default", "app", template, (("app", self.dice.choice(APPS)),)))
        return tuple(found)

    def pools(self) -> tuple[NodePool, ...]:
        wanted = [requirement(*self.dice.choice(POOL_REQUIREMENTS)) for _ in range(2)]
        if self.likely(0.15):
            wanted.append(requirement(names.INSTANCE_TYPE, "Exists", (), 3))
        one = NodePool(
            "one",
            Requirements.of(wanted) if self.likely(0.6) else Requirements(),
            limits=(("cpu", self.dice.choice([4000, 16000])),) if self.likely(0.15) else (),
            weight=self.dice.choice([0, 10]),
        )
        two = NodePool("two", taints=(DEDICATED,) if self.likely(0.5) else ())
        chosen = self.dice.choice([(one,), (one, two), (two,)])
        return tuple(launched_by_chance(list(chosen), self.dice.randrange(10**6)))

    def catalog(self) -> Catalog:
        gpu = instance_type("g4dn.xlarge", 4, 16, gpu=Device("t4", "nvidia", 1))
        offered = catalog(*GENERAL, (gpu, 0.526), spot=self.dice.choice([None, 0.4]))
        if not self.likely(0.4):
            return offered
        kept = tuple(o for o in offered.offerings if not self.likely(0.25))
        return replace(offered, offerings=kept)

    def snapshot(self) -> Snapshot:
        pods = [p for n in range(self.dice.randint(1, 6)) for p in self.group(n)]
        numbers = range(self.dice.choice([0, 0, 1, 3, 6]))
        nodes = tuple(self.node(n) for n in numbers)
        bound = [p for n in numbers for p in self.bound(n)]
        return snapshot(
            [*bound, *pods],
            nodes=nodes,
            daemonsets=self.daemonsets(),
            nodepools=self.pools(),
            claims=self.claims,
            volumes=self.volumes,
            storage_classes={"gp3": StorageClass("gp3")},
            namespaces={"other": (("kubernetes.io/metadata.name", "other"), ("team", "q"))},
            catalog_of=self.catalog(),
        )


def seeds() -> list[range]:
    first, last = map(int, os.environ.get("KUBESTOW_SEEDS", "0:240").split(":"))
    return [range(start, min(start + 30, last)) for start in range(first, last, 30)]


@pytest.mark.parametrize("some", seeds(), ids=str)
def test_every_plan_of_a_rough_cluster_is_legal_and_costs_at_least_its_bound(some: range) -> None:
    for seed in some:
        state = Rough(random.Random(seed)).snapshot()
        plan = engine.plan(state, work_limit=150)
        assert judge(state, plan, engine.pools_of(state)) == (), f"seed {seed}"
        assert plan.lower_bound.nano_usd_per_hour <= plan.cost_nano_usd_per_hour, f"seed {seed}"
