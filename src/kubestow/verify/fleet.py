"""Fleet: existing nodes are those of the cluster, new nodes match the catalog and their pool.

A node's facts are derived again from the catalog; those of the plan are only compared.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kubestow.catalog.burstable import credits_of, loaded_price, used_by
from kubestow.catalog.node_labels import (
    instance_type_labels,
    placed_labels,
    pool_labels,
    requirement_labels,
)
from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.instance_type import InstanceType, Price
from kubestow.model.node import Node
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import PodTemplate
from kubestow.model.requirements import Requirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import FILL_ORDER
from kubestow.model.violation import Violation
from kubestow.verify.constraints import Labels
from kubestow.verify.final_state import FinalState

_UNEXPLAINED_BUT_HARMLESS = frozenset({names.AWS_PREFIX + "instance-tenancy"})


@dataclass(slots=True)
class OfferingFacts:
    """What the catalog says about offerings, and about types in pools; cached."""

    snapshot: Snapshot
    prices: dict[tuple[str, str, str], list[Price]] = field(default_factory=dict)
    _labels: dict[tuple[str, str, str, Launcher], Labels] = field(default_factory=dict)
    _allocatable: dict[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)

    def labels(
        self,
        instance_type: InstanceType,
        zone: str,
        capacity_type: str,
        launched_by: Launcher = Launcher.KARPENTER,
    ) -> Labels:
        """Return the labels of every node of an offering, by who launches it."""
        key = (instance_type.name, zone, capacity_type, launched_by)
        labels = self._labels.get(key)
        if labels is None:
            catalog = self.snapshot.catalog
            zone_id = next((z.zone_id for z in catalog.zones if z.name == zone), "")
            labels = placed_labels(
                instance_type_labels(instance_type, launched_by),
                catalog.region,
                zone,
                zone_id,
                capacity_type,
                launched_by,
            )
            if not zone_id:
                labels.pop(names.ZONE_ID)
            self._labels[key] = labels
        return labels

    def allocatable(self, instance_type: InstanceType, pool: NodePool) -> Mapping[str, int]:
        """Return what a node of a type in a pool leaves for pods."""
        key = (instance_type.name, pool.name)
        amounts = self._allocatable.get(key)
        if amounts is None:
            amounts = dict(allocatable(instance_type, pool.node_class, self.snapshot.networking))
            self._allocatable[key] = amounts
        return amounts


def facts_of(snapshot: Snapshot) -> OfferingFacts:
    """Return the facts of a snapshot's catalog."""
    facts = OfferingFacts(snapshot)
    for item in snapshot.catalog.offerings:
        if item.price is not None:
            key = (item.instance_type, item.zone, item.capacity_type)
            facts.prices.setdefault(key, []).append(item.price)
    return facts


def refused_requirement(
    pool: NodePool, labels: Labels, instance_type: InstanceType, capacity_type: str
) -> Requirement | None:
    """Return a requirement of the pool that a node with these labels violates, if any.

    A node group's requirements say what it launches, in Karpenter's words; its nodes carry none of
    those labels.
    """
    facts = labels
    if pool.launched_by.is_node_group:
        own = requirement_labels(instance_type, pool.launched_by)
        facts = {**labels, **own, names.CAPACITY_TYPE: capacity_type}
    for key, wanted in sorted(pool.requirements.by_key.items()):
        if key == names.CURRENT_GENERATION:
            value: str | None = "true" if instance_type.current_generation else "false"
        else:
            value = facts.get(key)
        accepted = wanted.allows_absence if value is None else wanted.has(value)
        if not accepted:
            return wanted
    return None


def fleet(final_state: FinalState, facts: OfferingFacts) -> Iterator[Violation]:
    """Find nodes that are not what the plan says."""
    for name, times in Counter(node.name for node in final_state.plan.nodes).items():
        if times > 1:
            yield Violation("Node", name, f"{times} nodes have this name")
    existing = {node.name: node for node in final_state.snapshot.cluster.nodes}
    place_of = {place.name: place.index for place in final_state.places}
    for node in final_state.plan.nodes:
        own = existing.get(node.name)
        if node.existing:
            yield from _existing_node(node, own)
        elif own is not None:
            yield Violation("Node", node.name, "a new node has the name of an existing node")
        else:
            there = final_state.at_place[place_of[node.name]] if node.name in place_of else ()
            templates = map(final_state.template, there)  # read for burstable nodes alone
            yield from _new_node(node, final_state, facts, templates)


def _existing_node(node: PlannedNode, own: Node | None) -> Iterator[Violation]:
    if own is None:
        yield Violation("Node", node.name, "the cluster has no such node")
        return
    if node.price.nano_usd_per_hour:
        yield Violation("Node", node.name, "an existing node must not cost anything more")
    if node.reservation != own.reservation:
        yield Violation("Node", node.name, f"its reservation is not {own.reservation!r}")
    if dict(node.labels) != dict(own.labels):
        yield Violation("Node", node.name, "its labels are not those of the existing node")
    if sorted(node.taints) not in (sorted(own.taints), sorted(own.effective_taints)):
        yield Violation("Node", node.name, "its taints are not those of the existing node")
    if dict(node.allocatable) != dict(own.allocatable):
        yield Violation("Node", node.name, "its allocatable is not that of the existing node")


def _new_node(
    node: PlannedNode,
    final_state: FinalState,
    facts: OfferingFacts,
    templates: Iterable[PodTemplate],
) -> Iterator[Violation]:
    offering = (node.instance_type, node.zone, node.capacity_type)
    prices = facts.prices.get(offering)
    instance_type = final_state.snapshot.catalog.instance_types.get(node.instance_type)
    if prices is None:
        yield Violation("Offering", node.name, f"{' '.join(offering)} is not for sale")
    else:
        yield from _price(node, prices, _surplus(instance_type, templates, final_state.snapshot))
    pool = final_state.pools.get(node.nodepool)
    if pool is None:
        yield Violation("NodePool", node.name, f"there is no NodePool {node.nodepool!r}")
    if pool is None or instance_type is None:
        return
    if dict(node.allocatable) != facts.allocatable(instance_type, pool):
        yield Violation("Node", node.name, f"its allocatable is not that of {instance_type.name}")
    # The soft taints of the fill order exclude no pod: a plan may add them to any new node.
    if sorted(set(node.taints) - set(FILL_ORDER)) != sorted(set(pool.taints) - set(FILL_ORDER)):
        yield Violation("NodePool", node.name, f"its taints are not those of {pool.name}")
    offered = facts.labels(instance_type, node.zone, node.capacity_type, pool.launched_by)
    yield from _labels(node, pool, offered)
    broken = refused_requirement(pool, dict(node.labels), instance_type, node.capacity_type)
    if broken is not None:
        yield Violation("NodePool", node.name, f"{pool.name} requires {broken.describe()}")


def _price(node: PlannedNode, prices: Iterable[Price], surplus: int) -> Iterator[Violation]:
    """Find a price that is not one of an offering with what the load costs beside it."""
    asked = [loaded_price(price, surplus) for price in prices]
    if node.price not in asked:
        with_load = f", {surplus} of it for surplus CPU credits" if surplus else ""
        yield Violation(
            "Offering",
            node.name,
            f"{node.instance_type} {node.zone} {node.capacity_type} costs "
            f"{asked[0].nano_usd_per_hour} nano-USD per hour ({asked[0].source}){with_load}",
        )


def _surplus(
    instance_type: InstanceType | None, templates: Iterable[PodTemplate], snapshot: Snapshot
) -> int:
    """Return the nano-USD an hour that a node's pods cost in surplus CPU credits."""
    own = None if instance_type is None else credits_of(instance_type, snapshot.cpu_use)
    return 0 if own is None else own.surplus(used_by(templates, snapshot.cpu_use))


def _labels(node: PlannedNode, pool: NodePool, offered: Labels) -> Iterator[Violation]:
    labels = dict(node.labels)
    if len(labels) != len(node.labels):
        yield Violation("Node", node.name, "a label key appears twice")
    own = pool_labels(pool) | {names.HOSTNAME: node.name}
    for wanted in (offered, dict(pool.labels), own):
        for key, value in wanted.items():
            if labels.get(key) != value:
                yield Violation("Node", node.name, f"its label {key} is not {value!r}")
    for key in labels:
        explained = (
            key in offered
            or key in own
            or pool.requirements.get(key) is not None
            or key in _UNEXPLAINED_BUT_HARMLESS
            or any(key == own for own, _ in pool.labels)
        )
        if not explained or key == names.CURRENT_GENERATION:
            yield Violation("Node", node.name, f"nothing sets its label {key}")
