"""NodePools: limits on what a pool may launch, and the choice that minValues demands.

Limits count instance capacity, as in Karpenter, and prices. A pool that exceeded its limit before
is at fault only if a node is added. A node without a known price costs nothing.
"""

from collections.abc import Iterator

from kubestow.catalog.burstable import price_before_load
from kubestow.catalog.overhead import capacity_for_limits
from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND, InstanceType
from kubestow.model.nodepool import Launcher, NodePool, owner_of
from kubestow.model.pod import PodTemplate
from kubestow.model.requirements import Requirement
from kubestow.model.resources import EBS_VOLUMES, PODS, USD_PER_HOUR, format_amount
from kubestow.model.violation import Violation
from kubestow.verify.constraints import Labels, node_is_admitted
from kubestow.verify.final_state import FinalState, NodeInPlan
from kubestow.verify.fleet import OfferingFacts, refused_requirement
from kubestow.verify.placement import resource_totals
from kubestow.verify.volumes import ebs_volumes


def limits(final_state: FinalState, facts: OfferingFacts) -> Iterator[Violation]:
    """Find pools whose limits new nodes exceed."""
    used: dict[str, dict[str, int]] = {}
    growing = set()
    for place in final_state.places:
        if place.existing or place.planned is None:
            pool = owner_of(place.labels, final_state.pools.values())
            type_name = place.labels.get(names.INSTANCE_TYPE, "")
        else:
            pool, type_name = place.planned.nodepool, place.planned.instance_type
            growing.add(pool)
        instance_type = final_state.snapshot.catalog.instance_types.get(type_name)
        if instance_type is None:
            capacity = {**place.allocatable, "nodes": 1}
        else:
            capacity = dict(capacity_for_limits(instance_type))
        capacity[USD_PER_HOUR] = _nano_usd_per_hour(place, facts)
        total = used.setdefault(pool, {})
        for name, amount in capacity.items():
            total[name] = total.get(name, 0) + amount
    for name in sorted(growing):
        for resource, limit in final_state.pools[name].limits if name in final_state.pools else ():
            amount = used[name].get(resource, 0)
            if amount > limit:
                shown, most = format_amount(resource, amount), format_amount(resource, limit)
                detail = f"{resource}: {shown} exceeds the limit of {most}"
                yield Violation("NodePoolLimits", name, detail)


def _nano_usd_per_hour(place: NodeInPlan, facts: OfferingFacts) -> int:
    """Return a node's cost: its price if new, otherwise that of its offering."""
    if place.planned is not None and not place.existing:
        return price_before_load(place.planned.price)
    offering = (
        place.labels.get(names.INSTANCE_TYPE, ""),
        place.labels.get(names.ZONE, ""),
        capacity_type(place.labels) or ON_DEMAND,
    )
    return max((price.nano_usd_per_hour for price in facts.prices.get(offering, ())), default=0)


def min_values(final_state: FinalState, facts: OfferingFacts) -> Iterator[Violation]:
    """Find nodes whose pods leave fewer choices than minValues demands."""
    candidates: dict[str, list[_Offer]] = {}
    for place in final_state.places:
        if place.existing or place.planned is None:
            continue
        pool = final_state.pools.get(place.planned.nodepool)
        demands = [
            demand
            for _, demand in sorted(pool.requirements.by_key.items() if pool else ())
            if demand.min_values
        ]
        if pool is None or not demands:
            continue
        if pool.name not in candidates:
            candidates[pool.name] = _candidates(final_state, facts, pool)
        yield from _node_choice(
            final_state, facts, place, pool, demands, offers=candidates[pool.name]
        )


_Offer = tuple[InstanceType, Labels, str]
"""A type, the labels of its nodes and their capacity type."""


def _candidates(final_state: FinalState, facts: OfferingFacts, pool: NodePool) -> list[_Offer]:
    """Return every priced offering, the largest types first."""
    types = final_state.snapshot.catalog.instance_types
    offers = [
        (
            types[name],
            facts.labels(types[name], zone, capacity_type, pool.launched_by),
            capacity_type,
        )
        for name, zone, capacity_type in facts.prices
        if name in types
    ]
    offers.sort(key=lambda item: (-item[0].vcpu, -item[0].memory_mib, item[0].name))
    return offers


def _node_choice(
    final_state: FinalState,
    facts: OfferingFacts,
    place: NodeInPlan,
    pool: NodePool,
    demands: list[Requirement],
    *,
    offers: list[_Offer],
) -> Iterator[Violation]:
    needed, _ = resource_totals(final_state, place.index)
    needed[PODS] = len(final_state.at_place[place.index])
    needed[EBS_VOLUMES] = ebs_volumes(final_state, place.index)
    templates: dict[PodTemplate, None] = {
        final_state.template(s): None for s in final_state.at_place[place.index] if not s.daemonset
    }
    own = _labels_of_the_pool(final_state, facts, place)
    values: dict[str, set[str]] = {demand.key: set() for demand in demands}
    for instance_type, offered, sold_as in offers:
        if all(len(values[demand.key]) >= (demand.min_values or 0) for demand in demands):
            return
        available = facts.allocatable(instance_type, pool)
        if any(amount > available.get(name, 0) for name, amount in needed.items()):
            continue
        labels = {**own, **offered}
        if refused_requirement(pool, labels, instance_type, sold_as) is not None:
            continue
        if not all(node_is_admitted(template, place.name, labels) for template in templates):
            continue
        for key, seen in values.items():
            value = labels.get(key)
            if key == names.CURRENT_GENERATION:
                value = "true" if instance_type.current_generation else "false"
            if value is not None:
                seen.add(value)
    for demand in demands:
        if len(values[demand.key]) < (demand.min_values or 0):
            detail = (
                f"{len(values[demand.key])} values of {demand.key} could run its pods, "
                f"{pool.name} demands {demand.min_values}"
            )
            yield Violation("NodePool", place.name, detail)


def _labels_of_the_pool(final_state: FinalState, facts: OfferingFacts, place: NodeInPlan) -> Labels:
    """Return the node's labels that do not depend on its offering."""
    node = place.planned
    instance_type = final_state.snapshot.catalog.instance_types.get(
        node.instance_type if node else ""
    )
    if node is None or instance_type is None:
        return place.labels
    pool = final_state.pools.get(node.nodepool)
    launched_by = pool.launched_by if pool else Launcher.KARPENTER
    offered = facts.labels(instance_type, node.zone, node.capacity_type, launched_by)
    return {key: value for key, value in place.labels.items() if key not in offered}
