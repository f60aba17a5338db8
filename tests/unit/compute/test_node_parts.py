"""What new nodes cost beside their price."""

from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.compute.node_parts import node_parts
from kubestow.model.costs import ROOT_VOLUME, Costs, Extra
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.nodepool import GIB, Launcher, NodeClass, NodePool
from kubestow.model.option import CostPart
from kubestow.testing import GENERAL, catalog, nodepool, replicas, snapshot

GP3 = ServicePrice("ebs_gp3_gb_month", 0.073, "USD/GB-month", "a price list")
CATALOG = replace(catalog(GENERAL[0]), service_prices=(GP3,))
POOL = nodepool(node_class=NodeClass(root_volume_bytes=100 * GIB))


def parts(pool: NodePool = POOL, of: Catalog = CATALOG) -> tuple[CostPart, ...]:
    """Plan three pods of an m5.large each; return what their nodes cost beside their price."""
    state = snapshot(replicas(3, "web", "1500m", "6Gi"), nodepools=(pool,), catalog_of=of)
    plan = engine.plan(state)
    assert {node.instance_type for node in plan.nodes} == {"m5.large"}
    return node_parts(plan, (pool,), of, 730.0)


def test_root_volumes_cost_their_size_in_gp3() -> None:
    (volumes,) = parts()
    assert volumes.name == "root volumes, gp3, 300 GiB"
    assert volumes.nano_usd_per_hour == round(300 * 0.073 / 730 * 10**9)
    assert volumes.source == "a price list"
    assert not volumes.is_estimate


@pytest.mark.parametrize("word", ["not re-checked", "UNVERIFIED"])
def test_a_price_that_was_not_checked_is_an_estimate(word: str) -> None:
    weak = replace(GP3, source=f"a price list, {word}")
    (volumes,) = parts(of=replace(CATALOG, service_prices=(weak,)))
    assert volumes.is_estimate


def test_without_a_price_or_with_one_in_the_costs_volumes_are_not_counted_again() -> None:
    assert parts(of=replace(CATALOG, service_prices=())) == ()
    priced = Costs("costs.yaml", extras=(Extra(ROOT_VOLUME, 1, "mine"),))
    assert parts(of=replace(CATALOG, costs=priced)) == ()


def test_nodes_of_auto_mode_pay_its_fee() -> None:
    fee, volumes = parts(replace(POOL, launched_by=Launcher.AUTO_MODE))
    assert (fee.name, fee.is_estimate) == ("Auto Mode", True)
    assert fee.nano_usd_per_hour == 3 * 96_000_000 * 12 // 100
    assert volumes.name.startswith("root volumes")
