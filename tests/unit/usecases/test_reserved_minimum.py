"""Whatever nodes reservations pay for, a fleet costs no less."""

import itertools
from dataclasses import replace

import pytest
from tests.unit.live.objects import node, observed, reservation

from kubestow.model.costs import Reservation
from kubestow.testing import GENERAL, catalog
from kubestow.usecases.reserved_minimum import (
    at_least,
    list_prices,
    paid_at_most,
    priced_at,
    worth,
)
from kubestow.usecases.survey import survey

OWN = Reservation("r", "m5.xlarge", 3, 100, "contract")
HERE = catalog(*GENERAL, zones=("zone-a", "zone-b"), spot=0.4)


def test_a_type_costs_its_price_on_demand_in_every_zone() -> None:
    assert list_prices((OWN,), HERE, highest=True) == {"m5.xlarge": 192_000_000}
    dearer = tuple(
        replace(item, price=replace(item.price, nano_usd_per_hour=200_000_000))
        if (item.instance_type, item.zone, item.capacity_type)
        == ("m5.xlarge", "zone-b", "on-demand")
        and item.price is not None
        else item
        for item in HERE.offerings
    )
    other = replace(HERE, offerings=dearer)
    assert list_prices((OWN,), other, highest=True) == {"m5.xlarge": 200_000_000}
    assert list_prices((OWN,), other, highest=False) == {"m5.xlarge": 192_000_000}


def test_prices_of_reserved_types_alone_are_changed_and_not_those_of_spot() -> None:
    before, after = HERE.prices(), priced_at(HERE, {"m5.xlarge": 7}).prices()
    changed = {key: price for key, price in after.items() if before[key] != price}
    assert changed == {("m5.xlarge", f"zone-{z}", "on-demand"): 7 for z in "ab"}


def test_reservations_pay_their_count_at_most() -> None:
    assert paid_at_most((OWN, OWN), {"m5.xlarge": 5}) == 30
    assert paid_at_most((OWN,), {}) == 0


@pytest.mark.parametrize(("saved", "each"), [(300, 100), (9_000, 192), (0, 1), (-5, 1)])
def test_a_reserved_node_is_worth_what_it_saves_and_its_price_at_most(
    saved: int, each: int
) -> None:
    assert worth({"m5.xlarge": 192}, (OWN,), saved) == {"m5.xlarge": each}


def test_nodes_that_stay_may_be_those_that_reservations_pay_for() -> None:
    nodes = survey(observed(node("a"), node("b", "m5.large"))).nodes
    own = (reservation(1),)
    assert at_least(10**9, nodes, own, {"m5.xlarge": 192_000_000}) == 10**9 + 96_000_000
    assert at_least(10**9, nodes, own, {"m5.xlarge": 92_000_000}) == 10**9 + 96_000_000


def test_no_fleet_is_below_it_at_any_price() -> None:
    """Nodes of two types, one of them reserved, that are to carry 10 pods: 3 or 2 a node."""
    fleets = [(n, m) for n, m in itertools.product(range(5), range(6)) if 3 * n + 2 * m >= 10]
    for price in range(1, 193):
        bound = min(price * n + 120 * m for n, m in fleets)
        least = at_least(bound, (), (replace(OWN, count=2),), {"m5.xlarge": price})
        assert all(least <= 192 * max(0, n - 2) + 120 * m for n, m in fleets)
