"""What a node counts against its NodePool's limits: its capacity, as in Karpenter, and its price.

For a node whose type is not in the catalog, its allocatable counts; a node without a known price
counts as free.
"""

from collections.abc import Mapping

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND, InstanceType
from kubestow.model.resources import USD_PER_HOUR, Amounts

Prices = Mapping[tuple[str, str, str], int]


def offering_usage(instance_type: InstanceType, nano_usd_per_hour: int) -> dict[str, int]:
    """Return what a new node of an offering adds to its pool's usage."""
    return capacity_for_limits(instance_type) | {USD_PER_HOUR: nano_usd_per_hour}


def node_usage(
    labels: Mapping[str, str],
    allocatable: Amounts,
    types: Mapping[str, InstanceType],
    prices: Prices,
) -> dict[str, int]:
    """Return what an existing node adds to its pool's usage."""
    shape = types.get(labels.get(names.INSTANCE_TYPE, ""))
    capacity = capacity_for_limits(shape) if shape else dict(allocatable) | {"nodes": 1}
    return capacity | {USD_PER_HOUR: node_price(labels, prices) or 0}


def node_price(labels: Mapping[str, str], prices: Prices) -> int | None:
    """Return a node's price in the catalog; None if its offering is not there."""
    where = labels.get(names.INSTANCE_TYPE, ""), labels.get(names.ZONE, "")
    return prices.get((*where, capacity_type(labels) or ON_DEMAND))


def capacity_type(labels: Mapping[str, str]) -> str:
    """Return a node's capacity type from the label of Karpenter, EKS or eksctl; empty if none."""
    for key in names.CAPACITY_TYPES:
        if key in labels:
            return labels[key].lower().replace("_", "-")
    return ""
