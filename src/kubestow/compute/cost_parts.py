"""What an option costs, part by part: instances, fees, root volumes, the control plane.

Prices and their sources come from the catalog. A price that the catalog lacks is assumed and marked
as an estimate.
"""

from collections import Counter
from collections.abc import Iterator

from kubestow.catalog.burstable import CREDITS_SOURCE
from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_parts import gp3_price, has_root_volume_cost, is_estimate, root_volumes
from kubestow.model.cpu_credits import SURPLUS
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import (
    CONTROL_PLANE,
    FEES,
    INSTANCES,
    CostPart,
    PlanWithInput,
)
from kubestow.model.plan import Plan

_CONTROL_PLANE_USD = 0.10
_CONTROL_PLANE_SOURCE = "0.10 USD/h in all commercial regions; not in this region's catalog"


def control_plane(case: ComparisonCase) -> CostPart:
    """Return what the cluster itself costs."""
    price = case.service_price("eks_control_plane_hour")
    if price is None:
        nano = round(_CONTROL_PLANE_USD * NANO_USD)
        return CostPart(CONTROL_PLANE, "EKS cluster", nano, _CONTROL_PLANE_SOURCE, True)
    nano = round(price.usd * NANO_USD)
    return CostPart(CONTROL_PLANE, "EKS cluster", nano, price.source, is_estimate(price))


def instances(plan: Plan) -> Iterator[CostPart]:
    """Yield the cost of a plan's new nodes: the instances, and each extra of a costs file."""
    prices = [node.price for node in plan.nodes if not node.existing]
    nano = sum(price.instance_nano_usd_per_hour for price in prices)
    sources = sorted({price.source for price in prices})
    estimated = any(price.is_estimate for price in prices)
    yield CostPart(INSTANCES, "instances", nano, "; ".join(sources[:3]), estimated, in_minimum=True)
    extras: Counter[str] = Counter()
    for price in prices:
        extras.update(dict(price.extras))
    for name, nano in sorted(extras.items()):
        source = CREDITS_SOURCE if name == SURPLUS else "the costs file"
        yield CostPart(FEES, name, nano, source, in_minimum=True)


def storage(case: ComparisonCase, planned: PlanWithInput) -> Iterator[CostPart]:
    """Yield the cost of gp3 root volumes, unless a costs file prices them."""
    catalog = case.snapshot.catalog
    yield from root_volumes(planned.plan, planned.pools, catalog, case.hours_per_month)


def storage_notes(case: ComparisonCase) -> tuple[str, ...]:
    """Say where root volumes are not counted, and why."""
    if has_root_volume_cost(case.snapshot.catalog):
        return ("root volumes are priced by the costs file, for every option",)
    if gp3_price(case.snapshot.catalog) is None:
        return (f"root volumes are not counted: no gp3 price for {case.snapshot.catalog.region}",)
    return ()
