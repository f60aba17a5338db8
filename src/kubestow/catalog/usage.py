"""What a node counts for of its NodePool's limits: capacity as Karpenter counts it, and its price.

Law: capacity, not allocatable; money in nano-USD an hour. Of a node whose type the catalog does not
know its allocatable counts, and a node whose price it does not know costs nothing.
"""

from collections.abc import Mapping

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND, InstanceType
from kubestow.model.resources import USD_PER_HOUR, Amounts

Prices = Mapping[tuple[str, str, str], int]


def offering_usage(instance_type: InstanceType, nano_usd_per_hour: int) -> dict[str, int]:
    """Return what a new node of an offering adds to its pool's use."""
    return capacity_for_limits(instance_type) | {USD_PER_HOUR: nano_usd_per_hour}


def node_usage(
    labels: Mapping[str, str],
    allocatable: Amounts,
    types: Mapping[str, InstanceType],
    prices: Prices,
) -> dict[str, int]:
    """Return what a node that is there adds to its pool's use."""
    known = types.get(labels.get(names.INSTANCE_TYPE, ""))
    found = capacity_for_limits(known) if known else dict(allocatable) | {"nodes": 1}
    return found | {USD_PER_HOUR: node_price(labels, prices) or 0}


def node_price(labels: Mapping[str, str], prices: Prices) -> int | None:
    """Return what a node costs by the catalog; None where it does not know its offering."""
    where = labels.get(names.INSTANCE_TYPE, ""), labels.get(names.ZONE, "")
    return prices.get((*where, capacity_type(labels) or ON_DEMAND))


def capacity_type(labels: Mapping[str, str]) -> str:
    """Return a node's capacity type by Karpenter's label or a managed node group's."""
    managed = labels.get(names.MANAGED_CAPACITY_TYPE, "").lower().replace("_", "-")
    return labels.get(names.CAPACITY_TYPE, managed)
