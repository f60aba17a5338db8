"""Karpenter's own benchmark mix on its 400 fake instance types.

Type i of 400 has i cpu, 2i GiB and 10i pod slots, in three zones. There are five equal shares of
pods: generic, zone spread, hostname spread, zone self-affinity, and hostname anti-affinity (one
label for that share). Labels of spread and generic pods are drawn from seven values, and a spread
pod's selector is drawn independently of its label. Prices are linear in cpu and memory.
"""

import time

import numpy as np

from benchmarks.measure import Table
from kubestow import engine
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, InstanceType, Offering, Price, Zone
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod, PodAffinityTerm, PodTemplate, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.verify import judge

_CPU_MILLI = (100, 250, 500, 1000, 1500)
_MEMORY_MIB = (100, 256, 512, 1024, 2048, 4096)
_VALUES = "abcdefg"
_PEER_SECONDS = {5_000: 9.35, 10_000: 21.1}
_LIMITS = {5_000: "under 1 s", 10_000: "under 2 s"}


def catalog() -> Catalog:
    """Return the fake types, with prices proportional to their size."""
    zones = tuple(Zone(f"zone-{z}", f"id-{z}") for z in "abc")
    types = {
        f"fake.{i}": InstanceType(
            f"fake.{i}",
            i,
            2048 * i,
            "amd64",
            hypervisor="nitro",
            network_interfaces=1,
            ipv4_per_interface=10 * i - 1,
            ebs_attachments=64,
        )
        for i in range(1, 401)
    }
    offerings = tuple(
        Offering(t.name, zone.name, "on-demand", Price(25_000_000 * t.vcpu, "fake"))
        for t in types.values()
        for zone in zones
    )
    return Catalog("fake", zones, types, offerings)


def pods(count: int, seed: int) -> tuple[Pod, ...]:
    """Return ``count`` pods of the mix."""
    random = np.random.default_rng(seed)
    templates: dict[PodTemplate, PodTemplate] = {}
    made = []
    for number in range(count):
        own, other = (_VALUES[i] for i in random.integers(len(_VALUES), size=2))
        requests = (
            ("cpu", int(random.choice(_CPU_MILLI))),
            ("memory", int(random.choice(_MEMORY_MIB)) * 2**20),
        )
        labels, constraints = _kind(number % 5, own, other)
        template = PodTemplate(requests=requests, **constraints)
        template = templates.setdefault(template, template)
        made.append(Pod("default", f"pod-{number:05d}", template, labels))
    return tuple(made)


def _kind(kind: int, own: str, other: str) -> tuple[tuple[tuple[str, str], ...], dict[str, object]]:
    if kind in (1, 2):
        key = names.ZONE if kind == 1 else names.HOSTNAME
        return (("my-label", own),), {
            "spread": (SpreadConstraint(key, 1, _selector("my-label", other)),)
        }
    if kind == 3:
        term = PodAffinityTerm(names.ZONE, _selector("my-affinity", own))
        return (("my-affinity", own),), {"affinity": (term,)}
    if kind == 4:
        term = PodAffinityTerm(names.HOSTNAME, _selector("app", "nginx"))
        return (("app", "nginx"),), {"anti_affinity": (term,)}
    return (("my-label", own),), {}


def _selector(key: str, value: str) -> LabelSelector:
    return LabelSelector((SelectorRequirement(key, "In", (value,)),))


def run(table: Table) -> None:
    for count in (5_000, 10_000):
        snapshot = Snapshot(
            Cluster(pods=pods(count, seed=1), nodepools=(NodePool("mix"),)), catalog()
        )
        started = time.perf_counter()
        plan = engine.plan(snapshot)
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        violations = judge(snapshot, plan, engine.pools_of(snapshot))
        judged = time.perf_counter() - started
        table.add(f"{count} pods solved in", f"{seconds:.2f} s", _LIMITS[count])
        table.add("  Karpenter's own time", f"{_PEER_SECONDS[count]} s")
        table.add("  unschedulable", str(len(plan.unschedulable)), "0")
        table.add("  broken rules", f"{len(violations)} (judged in {judged:.1f} s)", "0")
        table.add("  nodes", f"{len(plan.nodes)}, gap {100 * (plan.gap or 0):.1f} %")
