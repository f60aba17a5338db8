"""What new nodes cost beside their price: root volumes, and the fee of EKS Auto Mode.

Prices and their sources come from the catalog; a fee is an estimate.
"""

from collections.abc import Iterable, Iterator

from kubestow.model.costs import ROOT_VOLUME
from kubestow.model.instance_type import NANO_USD, SPOT, Catalog, ServicePrice
from kubestow.model.nodepool import GIB, Launcher, NodePool
from kubestow.model.option import FEES, STORAGE, CostPart
from kubestow.model.plan import Plan, PlannedNode

_GP3 = "ebs_gp3_gb_month"
AUTO_MODE_FEE_PERCENT = 12
"""Of an instance's on-demand price (an estimate)."""
_FEE_SOURCE = "about 12 % of the on-demand price, also for spot instances (estimate)"


def is_estimate(price: ServicePrice) -> bool:
    """Return whether a service price is marked as not checked recently."""
    return "not re-checked" in price.source or "UNVERIFIED" in price.source


def node_parts(
    plan: Plan, pools: Iterable[NodePool], catalog: Catalog, hours_per_month: float
) -> tuple[CostPart, ...]:
    """Return what a plan's new nodes cost beside their price, part by part."""
    launchers = {pool.name: pool.launched_by for pool in pools}
    automatic = [n for n in _new(plan) if launchers.get(n.nodepool) is Launcher.AUTO_MODE]
    fees = (auto_mode_fee(automatic, catalog),) if automatic else ()
    return (*fees, *root_volumes(plan, pools, catalog, hours_per_month))


def root_volumes(
    plan: Plan, pools: Iterable[NodePool], catalog: Catalog, hours_per_month: float
) -> Iterator[CostPart]:
    """Yield the cost of gp3 root volumes, unless a costs file prices them.

    The node classes of the NodePools give their size.
    """
    if has_root_volume_cost(catalog):
        return
    sizes = {pool.name: pool.node_class.root_volume_bytes for pool in pools}
    size = sum(sizes.get(node.nodepool, 0) for node in _new(plan))
    price = gp3_price(catalog)
    if price is None or not size:
        return
    nano = round(size / GIB * price.usd * NANO_USD / hours_per_month)
    name = f"root volumes, gp3, {size // GIB} GiB"
    yield CostPart(STORAGE, name, nano, price.source, is_estimate(price))


def auto_mode_fee(nodes: Iterable[PlannedNode], catalog: Catalog) -> CostPart:
    """Return the fee of nodes of EKS Auto Mode: a share of their on-demand list prices."""
    fees = AutoModeFees(catalog)
    nano = sum(
        fees.of(node.instance_type, node.zone, node.price.list_nano_usd_per_hour) for node in nodes
    )
    return CostPart(FEES, "Auto Mode", nano, _FEE_SOURCE, True)


class AutoModeFees:
    """What EKS Auto Mode charges for a node of each type and zone, in nano-USD an hour."""

    def __init__(self, catalog: Catalog) -> None:
        self._listed = {
            (offering.instance_type, offering.zone): offering.price.list_nano_usd_per_hour
            for offering in catalog.offerings
            if offering.capacity_type != SPOT and offering.price is not None
        }

    def of(self, instance_type: str, zone: str, otherwise: int) -> int:
        """Return a share of the on-demand list price; of another where that is not known."""
        listed = self._listed.get((instance_type, zone), otherwise)
        return listed * AUTO_MODE_FEE_PERCENT // 100


def gp3_price(catalog: Catalog) -> ServicePrice | None:
    """Return the price of a GB of gp3 for a month, if the catalog has it."""
    return next((price for price in catalog.service_prices if price.item == _GP3), None)


def has_root_volume_cost(catalog: Catalog) -> bool:
    """Return whether a costs file puts root volumes into the prices of nodes."""
    costs = catalog.costs
    return costs is not None and any(extra.name == ROOT_VOLUME for extra in costs.extras)


def _new(plan: Plan) -> list[PlannedNode]:
    return [node for node in plan.nodes if not node.existing]
