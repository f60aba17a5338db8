"""Builders for tests and experiments: pod(), node(), nodeclaim(), catalog(), snapshot() and so on.

Short calls return plain model values. kubestow itself never imports this module.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.instance_type import Catalog, InstanceType, Offering, Price, Zone
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Networking, NodeClass, NodePool
from kubestow.model.pod import (
    DaemonSet,
    InlineVolume,
    Pod,
    PodAffinityTerm,
    PodTemplate,
    SpreadConstraint,
)
from kubestow.model.quantity import parse_quantity
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.resources import Amounts, amounts, rounded
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.taints import Taint
from kubestow.model.workload import Lifecycle
from kubestow.simulation.scenario import MONDAY, NO_FAULTS, Faults, Scenario, ServiceLoad
from kubestow.simulation.shapes import replicas as shape_of

_TERMS = tuple(field.name for field in fields(EvictionTerms))
ZONES = ("zone-a", "zone-b", "zone-c")


def quantities(**texts: str) -> Amounts:
    """Return amounts from quantities: quantities(cpu="500m", memory="1Gi")."""
    return amounts(
        (name.replace("_", "-"), rounded(name, parse_quantity(text)))
        for name, text in texts.items()
    )


def selector(**labels: str) -> LabelSelector:
    """Return a selector for exactly these labels."""
    return LabelSelector(
        tuple(SelectorRequirement(key, "In", (text,)) for key, text in sorted(labels.items()))
    )


def spread(key: str, max_skew: int = 1, **labels: str) -> SpreadConstraint:
    """Return a hard topology spread constraint over pods with these labels."""
    return SpreadConstraint(key, max_skew, selector(**labels))


def affinity_term(key: str, **labels: str) -> PodAffinityTerm:
    """Return a required affinity or anti-affinity term over pods with these labels."""
    return PodAffinityTerm(key, selector(**labels))


def pod(
    name: str,
    cpu: str = "100m",
    memory: str = "128Mi",
    *,
    labels: Mapping[str, str] | None = None,
    node: str = "",
    claims: tuple[str, ...] = (),
    namespace: str = "default",
    **template: Any,
) -> Pod:
    """Return a pod; further arguments are PodTemplate's fields."""
    requests = template.pop("requests", None) or quantities(cpu=cpu, memory=memory)
    disks = template.pop("inline_ebs_volumes", ())
    template.setdefault("inline_volumes", tuple(InlineVolume("ebs", disk) for disk in disks))
    return Pod(
        namespace,
        name,
        PodTemplate(requests=requests, **template),
        tuple(sorted((labels or {}).items())),
        node,
        claims,
    )


def replicas(count: int, name: str, *arguments: Any, **options: Any) -> tuple[Pod, ...]:
    """Return pods name-0, name-1, ... that differ only in their names."""
    return tuple(pod(f"{name}-{number}", *arguments, **options) for number in range(count))


def owned(item: Pod, name: str = "web", kind: str = "Deployment", **lifecycle: Any) -> Pod:
    """Return a pod of a controller; further arguments are fields of Lifecycle or EvictionTerms."""
    terms = {name: lifecycle.pop(name) for name in _TERMS if name in lifecycle}
    if terms:
        lifecycle["eviction"] = EvictionTerms(**terms)
    return replace(item, lifecycle=Lifecycle((kind, name), **lifecycle))


def daemonset(name: str, cpu: str = "100m", memory: str = "128Mi", **template: Any) -> DaemonSet:
    """Return a DaemonSet in kube-system."""
    requests = quantities(cpu=cpu, memory=memory)
    return DaemonSet("kube-system", name, PodTemplate(requests=requests, **template))


def node(
    name: str,
    cpu: str = "4",
    memory: str = "16Gi",
    *,
    pods: int = 58,
    zone: str = ZONES[0],
    labels: Mapping[str, str] | None = None,
    taints: Iterable[Taint] = (),
    unschedulable: bool = False,
) -> Node:
    """Return an existing node."""
    placed = {names.HOSTNAME: name, names.ZONE: zone, names.ARCH: "amd64", names.OS: "linux"}
    return Node(
        name,
        tuple(sorted((placed | dict(labels or {})).items())),
        amounts([*quantities(cpu=cpu, memory=memory), ("pods", pods)]),
        tuple(taints),
        unschedulable,
    )


def nodepool(
    name: str = "pool", *requirements: tuple[str, str, list[str]], **options: Any
) -> NodePool:
    """Return a NodePool; requirements are (key, operator, values)."""
    needs = Requirements.of(requirement(key, op, values) for key, op, values in requirements)
    return NodePool(name, needs, **options)


def instance_type(name: str, vcpu: int, memory_gib: int, **options: Any) -> InstanceType:
    """Return an instance type with 4 interfaces of 15 addresses (58 pods)."""
    facts: dict[str, Any] = {
        "hypervisor": "nitro",
        "network_interfaces": 4,
        "ipv4_per_interface": 15,
        "ebs_attachments": 27,
    }
    architecture = options.pop("architecture", "amd64")
    return InstanceType(name, vcpu, memory_gib * 1024, architecture, **(facts | options))


def catalog(
    *types: tuple[InstanceType, float], zones: tuple[str, ...] = ZONES, spot: float | None = None
) -> Catalog:
    """Return a catalog of (instance type, USD per hour) in all zones; ``spot`` is a factor."""
    offerings = []
    for item, usd_per_hour in types:
        for zone in zones:
            price = Price(round(usd_per_hour * 10**9), "made up")
            offerings.append(Offering(item.name, zone, "on-demand", price))
            if spot is not None:
                price = Price(round(usd_per_hour * spot * 10**9), "made up")
                offerings.append(Offering(item.name, zone, "spot", price))
    return Catalog(
        "test-1",
        tuple(Zone(zone, f"id-{zone}") for zone in zones),
        {item.name: item for item, _ in types},
        tuple(offerings),
    )


GENERAL = (
    (instance_type("m5.large", 2, 8), 0.096),
    (instance_type("m5.xlarge", 4, 16), 0.192),
    (instance_type("c5.xlarge", 4, 8), 0.17),
    (instance_type("r5.large", 2, 16), 0.126),
    (instance_type("m5.4xlarge", 16, 64), 0.768),
)
"""A few instance types with realistic proportions."""


def nodeclaim(
    name: str,
    instance_type_name: str = "m5.large",
    *,
    zone: str = ZONES[0],
    capacity_type: str = "on-demand",
    usd_per_hour: float | None = None,
    labels: Mapping[str, str] | None = None,
    taints: Iterable[Taint] = (),
    unschedulable: bool = False,
    **options: Any,
) -> NodeClaim:
    """Return the claim of a ready node; further arguments are NodeClaim's fields."""
    facts, usd = next(item for item in GENERAL if item[0].name == instance_type_name)
    pool = options.setdefault("nodepool", "pool")
    well_known = {
        names.NODEPOOL: pool,
        names.INSTANCE_TYPE: facts.name,
        names.CAPACITY_TYPE: capacity_type,
    }
    made = replace(
        node(name, zone=zone, taints=taints, labels=well_known | dict(labels or {})),
        allocatable=allocatable(facts, NodeClass(), Networking()),
        unschedulable=unschedulable,
    )
    options.setdefault("phase", Phase.READY)
    options.setdefault("instance_type", facts.name)
    price = round((usd if usd_per_hour is None else usd_per_hour) * 10**9)
    return NodeClaim(
        name, zone=zone, capacity_type=capacity_type, nano_usd_per_hour=price, node=made, **options
    )


def observed(
    claims: Iterable[NodeClaim], pods: Iterable[Pod] = (), *, at: int = 0, **options: Any
) -> Snapshot:
    """Return a snapshot with claims and their nodes; further arguments are snapshot's."""
    all_claims = tuple(claims)
    nodes = tuple(claim.node for claim in all_claims if not claim.is_coming)
    return replace(snapshot(pods, nodes=nodes, **options), nodeclaims=all_claims, at=at)


def snapshot(
    pods: Iterable[Pod] = (), *, catalog_of: Catalog | None = None, **cluster: Any
) -> Snapshot:
    """Return a snapshot; further arguments are Cluster's fields. The default is one NodePool."""
    cluster.setdefault("nodepools", (nodepool(),))
    return Snapshot(Cluster(pods=tuple(pods), **cluster), catalog_of or catalog(*GENERAL))


def service(
    name: str, replicas: int, cpu: str = "500m", memory: str = "1Gi", **template: Any
) -> ServiceLoad:
    """Return a Deployment for a simulation; ``replicas`` is its maximum."""
    own = pod(name, cpu, memory, **template)
    return ServiceLoad("default", name, own.template, (("app", name),), ((MONDAY, replicas),))


def scenario(
    *services: ServiceLoad,
    shape: str = "steady",
    hours: float = 1.0,
    catalog_of: Catalog | None = None,
    faults: Faults = NO_FAULTS,
    seed: int = 0,
) -> Scenario:
    """Return a scenario of Deployments whose replicas follow a shape every quarter of an hour."""
    seconds = round(hours * 3_600)
    shaped = tuple(
        replace(
            load,
            replicas=shape_of(load, shape, start=MONDAY, seconds=seconds, step=900, seed=seed),
        )
        for load in services
    )
    base = snapshot(catalog_of=catalog_of)
    return Scenario(base, shaped, seconds=seconds, faults=faults, seed=seed)
