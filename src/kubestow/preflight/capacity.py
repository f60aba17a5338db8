"""Capacity: the nodes that pods may run on: of node groups and NodePools, and existing nodes.

The labels, taints and allocatable of candidates are those that the planner uses. For node groups
they are made here with the same functions, plus the labels that EKS and eksctl add.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.catalog.node_labels import instance_type_labels, placed_labels, pool_labels
from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.finding import Subject
from kubestow.model.instance_type import ON_DEMAND, SPOT, InstanceType, Price
from kubestow.model.node import Node
from kubestow.model.nodepool import Launcher, Networking, NodeClass, NodePool
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import CPU
from kubestow.model.setup import ClusterConfig, NodeGroup, Setup
from kubestow.model.taints import Taint
from kubestow.model.zones import NOT_IN_THE_CATALOG, special_zone
from kubestow.provisioning.preparation.offerings import pool_offerings, zones_required
from kubestow.scheduling.candidate_node import CandidateNode

_UNPRICED = Price(0, "not priced: checks do not need prices")
_AMI_FAMILIES = {"AmazonLinux2": "AL2", "Bottlerocket": "Bottlerocket"}


@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """A node group, a NodePool or existing nodes; ``most`` is its maximum number of nodes.

    ``path`` is its field in the manifest; ``zones`` are those it may launch in, sorted;
    ``unknown`` says why its types are unknown, ``empty`` why it can launch nothing. Compared by
    identity.
    """

    subject: Subject
    path: str
    candidates: tuple[CandidateNode, ...]
    types: tuple[InstanceType, ...] = ()
    zones: tuple[str, ...] = ()
    taints: tuple[Taint, ...] = ()
    most: int | None = None
    desired: int | None = None
    node_class: NodeClass = field(default_factory=NodeClass)
    group: NodeGroup | None = None
    pool: NodePool | None = None
    unknown: str = ""
    empty: str = ""

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures of its nodes."""
        return tuple(sorted({c.labels.get(names.ARCH, "") for c in self.candidates} - {""}))


def matches_labels(template: PodTemplate, candidate: CandidateNode) -> bool:
    """Return whether a candidate's labels match a pod's nodeSelector and node affinity."""
    labels = candidate.labels
    if any(labels.get(key) != value for key, value in template.node_selector):
        return False
    terms = template.node_affinity
    return terms is None or any(term.matches(candidate.name, labels) for term in terms)


def capacities_of(setup: Setup, networking: Networking) -> tuple[Capacity, ...]:
    """Return node groups, NodePools and the nodes that belong to neither, in this order."""
    capacities = []
    if setup.config is not None:
        capacities += [_of_group(setup, group, networking) for group in setup.config.groups]
    wanted = _wanted_labels(setup)
    capacities += [_of_pool(setup, pool, networking, wanted) for pool in setup.cluster.nodepools]
    names_taken = {capacity.subject.name for capacity in capacities}
    return (*capacities, *_of_nodes(setup, names_taken))


def group_subject(config: ClusterConfig, group: NodeGroup) -> Subject:
    """Return the subject of a node group's findings."""
    kind = "managed node group" if group.is_managed else "node group"
    return Subject(kind, group.name, "", config.subject.file)


def zones_of(group: NodeGroup, setup: Setup) -> tuple[str, ...]:
    """Return the zones of a group's nodes, from the group or the cluster; empty if unknown."""
    config = setup.config or ClusterConfig(Subject("ClusterConfig", ""))
    of_config = (*config.public_subnets, *config.private_subnets)
    placed = {name: zone for zone, name in of_config if zone}
    placed |= {
        subnet.id: subnet.zone for subnet in (setup.network.subnets if setup.network else ())
    }
    if group.zones:
        return tuple(sorted(set(group.zones)))
    subnets = config.private_subnets if group.private_networking else config.public_subnets
    named = group.subnets or tuple(name for _, name in subnets)
    zones = {placed.get(name, "") for name in named} or set(config.zones)
    return () if "" in zones else tuple(sorted(zones))


def node_class_of(group: NodeGroup) -> NodeClass:
    """Return the node class that a group's nodes amount to."""
    family = _AMI_FAMILIES.get(group.ami_family, "AL2023")
    return NodeClass(
        group.name,
        family,
        max_pods=group.max_pods,
        pods_at_most=MANAGED_PODS_AT_MOST if group.is_managed else None,
        block_devices=2 if family == "Bottlerocket" else 1,
    )


def _of_group(setup: Setup, group: NodeGroup, networking: Networking) -> Capacity:
    catalog, node_class = setup.catalog, node_class_of(group)
    config = setup.config or ClusterConfig(Subject("ClusterConfig", ""))
    zones = zones_of(group, setup)
    types = tuple(catalog.instance_types[n] for n in group.instance_types
                  if n in catalog.instance_types)  # fmt: skip
    sold = {(o.instance_type, o.zone) for o in catalog.offerings if o.capacity_type == ON_DEMAND}
    ids = {zone.name: zone.zone_id for zone in catalog.zones}
    launcher = Launcher.MANAGED_NODE_GROUP if group.is_managed else Launcher.SELF_MANAGED_NODE_GROUP
    own = pool_labels(NodePool(group.name, launched_by=launcher)) | dict(group.labels)
    own |= {names.EKSCTL_NODE_GROUP: group.name, names.EKSCTL_CLUSTER: config.subject.name}
    candidates = []
    for item in types:
        shape = instance_type_labels(item, launcher)
        amounts = allocatable(item, node_class, networking)
        for zone in zones or tuple(ids):
            if (item.name, zone) not in sold:
                continue
            capacity_type = SPOT if group.spot else ON_DEMAND
            placed = placed_labels(
                shape, catalog.region, zone, ids.get(zone, ""), capacity_type, launcher
            )
            candidates.append(
                CandidateNode(
                    f"{group.name}/{item.name}/{zone}",
                    placed | own,
                    group.taints,
                    amounts,
                    instance_type=item.name,
                    zone=zone,
                    capacity_type=capacity_type,
                    price=_UNPRICED,
                )
            )
    unknown = "" if group.instance_types else f"the instance types of {group.name} are not given"
    unknown = unknown or _not_in_the_catalog(group.name, zones)
    if group.ami_family.startswith("Windows"):
        candidates, unknown = [], f"the nodes of {group.name} run Windows"
    return Capacity(
        group_subject(config, group), group.field, tuple(candidates), types, zones, group.taints,
        group.maximum, group.desired, node_class, group, unknown=unknown,
    )  # fmt: skip


def _of_pool(
    setup: Setup, pool: NodePool, networking: Networking, wanted: Mapping[str, tuple[str, ...]]
) -> Capacity:
    offered = pool_offerings(pool, setup.catalog, networking, wanted)
    candidates = tuple(offered.candidates)
    used = dict.fromkeys(candidate.instance_type for candidate in candidates)
    limits, unknown = dict(pool.limits), _not_in_the_catalog(pool.name, zones_required(pool))
    return Capacity(
        Subject("NodePool", pool.name, "", pool.source),
        "spec.template.spec",
        candidates,
        tuple(setup.catalog.instance_types[name] for name in used),
        tuple(sorted({candidate.zone for candidate in candidates})),
        pool.taints,
        limits.get("nodes"),
        node_class=pool.node_class,
        pool=pool,
        unknown=unknown,
        empty="" if candidates or unknown else offered.emptied_by(),
    )


def _not_in_the_catalog(name: str, zones: Iterable[str]) -> str:
    """Say that some zones of a NodePool or group are not in the catalog; empty if all are."""
    special = [zone for zone in zones if special_zone(zone)]
    return f"{name} may launch in {', '.join(special)}: {NOT_IN_THE_CATALOG}" if special else ""


def _of_nodes(setup: Setup, names_taken: set[str]) -> Iterable[Capacity]:
    """Yield the existing nodes by group, except those of groups and NodePools of the input."""
    by_group: dict[str, list[Node]] = {}
    for node in setup.cluster.nodes:
        labels = dict(node.labels)
        group = next((labels[k] for k in (*names.NODE_GROUPS, names.NODEPOOL) if k in labels),
                     "")  # fmt: skip
        if group not in names_taken:
            by_group.setdefault(group, []).append(node)
    for group, nodes in sorted(by_group.items()):
        subject = Subject("nodes of", group) if group else Subject("nodes", "of the input")
        labels_of_nodes = [dict(node.labels) for node in nodes]
        types = dict.fromkeys(labels.get(names.INSTANCE_TYPE, "") for labels in labels_of_nodes)
        yield Capacity(
            subject,
            "",
            tuple(_existing(node, dict(node.labels)) for node in nodes),
            tuple(t for t in map(setup.catalog.instance_types.get, types) if t is not None),
            tuple(
                sorted({labels[names.ZONE] for labels in labels_of_nodes if names.ZONE in labels})
            ),
            tuple(dict.fromkeys(taint for node in nodes for taint in node.effective_taints)),
            len(nodes),
            len(nodes),
        )


def _existing(node: Node, labels: dict[str, str]) -> CandidateNode:
    return CandidateNode(
        node.name, labels, node.effective_taints, node.allocatable,
        instance_type=labels.get(names.INSTANCE_TYPE, ""), zone=labels.get(names.ZONE, ""),
        exists=True, unschedulable=node.unschedulable,
    )  # fmt: skip


def _wanted_labels(setup: Setup) -> dict[str, tuple[str, ...]]:
    """Return the label values that pods select, by key: NodePools may create such labels."""
    selected: dict[str, dict[str, None]] = {}
    for workload in setup.workloads:
        for key, value in workload.template.node_selector:
            selected.setdefault(key, {})[value] = None
        for term in workload.template.node_affinity or ():
            for item in term.expressions:
                selected.setdefault(item.key, {}).update(dict.fromkeys(item.values))
    return {key: tuple(sorted(values)) for key, values in selected.items()}


def one_node_holds(template: PodTemplate, candidate: CandidateNode) -> int:
    """Return how many of these pods fit on an empty node, by requests and pod slots."""
    free = dict(candidate.allocatable)
    counts = [free.get(name, 0) // asked for name, asked in template.requests if asked > 0]
    return min([*counts, free.get("pods", 0)])


def requested_cpu(template: PodTemplate) -> int:
    """Return the cpu a pod requests, in millicpu."""
    return dict(template.requests).get(CPU, 0)
