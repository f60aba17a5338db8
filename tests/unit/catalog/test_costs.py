"""Costs in the catalog's prices, and what they make of a plan and of the judge."""

from collections import Counter
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.catalog.costs import with_costs, without_effect
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Extra, Override
from kubestow.model.instance_type import Catalog, Offering, Price
from kubestow.testing import catalog, instance_type, replicas, snapshot
from kubestow.verify import judge

CENT = 10**7
SMALL, LARGE = instance_type("m5.large", 2, 8), instance_type("c6g.xlarge", 4, 8)
LISTED = catalog((SMALL, 0.10), (LARGE, 0.20), zones=("zone-a",), spot=0.5)
SPOT_ONLY = ((names.CAPACITY_TYPE, ("spot",)),)
M5 = ((names.AWS_PREFIX + "instance-family", ("m5", "m6i")),)


def prices(costed: Catalog) -> dict[tuple[str, str], Price | None]:
    return {(o.instance_type, o.capacity_type): o.price for o in costed.offerings}


def cents(costs: Costs, listed: Catalog = LISTED) -> list[float | None]:
    """Return the prices in cents: small on-demand, small spot, large on-demand, large spot."""
    found = [o.price for o in with_costs(listed, costs).offerings]
    return [None if price is None else price.nano_usd_per_hour / CENT for price in found]


def test_without_entries_no_price_changes() -> None:
    costed = with_costs(LISTED, Costs("costs.yaml"))
    assert costed.offerings == LISTED.offerings
    assert costed.sources == LISTED.sources


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (Extra("agent", CENT, "bill"), [11, 6, 21, 11]),
        (Extra("licence", CENT, "bill", per_vcpu=True), [12, 7, 24, 14]),
        (Extra("agent", CENT, "bill", SPOT_ONLY), [10, 6, 20, 11]),
        (Extra("agent", CENT, "bill", M5), [11, 6, 20, 10]),
        (Extra("agent", CENT, "bill", (*M5, *SPOT_ONLY)), [10, 6, 20, 10]),
    ],
    ids=["each node", "each vCPU", "one capacity type", "some families", "all labels must match"],
)
def test_an_extra_is_added_where_it_matches(extra: Extra, expected: list[float]) -> None:
    assert cents(Costs("costs.yaml", (extra,))) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((Override("a", 3 * CENT, "", M5),), [3, 3, 20, 10]),
        ((Override("a", None, "", discount_billionths=250_000_000),), [7.5, 3.75, 15, 7.5]),
        ((Override("a", 3 * CENT, ""), Override("b", 9 * CENT, "", M5)), [9, 9, 3, 3]),
        ((Override("b", 9 * CENT, "", M5), Override("a", 3 * CENT, "")), [3, 3, 3, 3]),
        (
            (Override("a", 3 * CENT, ""), Override("b", None, "", M5, 500_000_000)),
            [5, 2.5, 3, 3],
        ),
    ],
    ids=["a price", "a discount", "last wins", "last wins, general", "off the list's price"],
)
def test_the_last_override_that_matches_counts_alone(
    overrides: tuple[Override, ...], expected: list[float]
) -> None:
    assert cents(Costs("costs.yaml", (), overrides)) == expected


def test_extras_come_after_the_discount() -> None:
    half = Override("plan", None, "", discount_billionths=500_000_000)
    assert cents(Costs("costs.yaml", (Extra("agent", CENT, ""),), (half,))) == [6, 3.5, 11, 6]


def test_a_discount_never_makes_an_instance_free() -> None:
    cheap = catalog((SMALL, 2e-9), zones=("zone-a",))
    almost = Override("plan", None, "", discount_billionths=999_999_999)
    assert cents(Costs("costs.yaml", (), (almost,)), cheap) == [1 / CENT]


def test_an_offering_without_a_price_stays_so_unless_one_is_given() -> None:
    unknown = replace(LISTED, offerings=(Offering("m5.large", "zone-a", "on-demand", None),))
    agent = Extra("agent", CENT, "")
    half = Override("half", None, "", discount_billionths=500_000_000)
    assert cents(Costs("costs.yaml", (agent,), (half,)), unknown) == [None]
    assert cents(Costs("costs.yaml", (agent,), (Override("own", 5 * CENT, ""),)), unknown) == [6]


def test_a_price_says_where_its_parts_come_from() -> None:
    costs = Costs(
        "costs.yaml",
        (Extra("agent", CENT, "contract"), Extra("licence", CENT, "contract", per_vcpu=True)),
        (
            Override("plan", None, "bill", discount_billionths=285_000_000),
            Override("deal", 3 * CENT, "letter", M5),
        ),
    )
    found = prices(with_costs(LISTED, costs))
    large, small = found["c6g.xlarge", "on-demand"], found["m5.large", "on-demand"]
    assert large is not None
    assert small is not None
    assert large.source == "made up, less 28.5 %: plan (bill); plus agent, licence"
    assert large.extras == (("agent", CENT), ("licence", 4 * CENT))
    assert (large.override, large.instance_nano_usd_per_hour) == ("plan", 143_000_000)
    assert small.source == "deal (letter); plus agent, licence"
    assert with_costs(LISTED, costs).sources == ("costs.yaml (plan, deal, agent, licence)",)


@pytest.mark.parametrize(
    ("listed", "costs", "expected"),
    [
        (False, Costs("c", (Extra("agent", CENT, ""),)), False),
        (False, Costs("c", (Extra("agent", CENT, "", is_estimate=True),)), True),
        (False, Costs("c", (Extra("agent", CENT, "", SPOT_ONLY, is_estimate=True),)), False),
        (False, Costs("c", (), (Override("deal", CENT, "", is_estimate=True),)), True),
        (False, Costs("c", (), (Override("half", None, "", (), 1, is_estimate=True),)), True),
        (True, Costs("c", (Extra("agent", CENT, ""),)), True),
        (True, Costs("c", (), (Override("half", None, "", (), 1),)), True),
        (True, Costs("c", (), (Override("deal", CENT, ""),)), False),
    ],
    ids=[
        "an extra", "an estimated extra", "an estimate elsewhere", "an estimated price",
        "an estimated discount", "an extra on an estimate", "a discount on an estimate",
        "a price in its place",
    ],
)  # fmt: skip
def test_a_price_with_an_estimate_in_it_is_one(listed: bool, costs: Costs, expected: bool) -> None:
    price = Price(CENT, "list", listed)
    known = replace(LISTED, offerings=(Offering("m5.large", "zone-a", "on-demand", price),))
    (offering,) = with_costs(known, costs).offerings
    assert offering.price is not None
    assert offering.price.is_estimate is expected


def test_entries_that_are_in_no_price_are_named() -> None:
    gpu = ((names.AWS_PREFIX + "instance-gpu-name", ("t4",)),)
    costs = Costs(
        "costs.yaml",
        (Extra("agent", CENT, ""), Extra("driver", CENT, "", gpu)),
        (Override("shadowed", CENT, "", M5), Override("all", CENT, "")),
    )
    assert without_effect(with_costs(LISTED, costs)) == ("shadowed", "driver")
    assert without_effect(LISTED) == ()


def test_an_extra_by_node_makes_fewer_and_larger_nodes_the_cheapest() -> None:
    # Two such pods a small node, eight a large one: 16 cost 0.72 on small nodes, 0.80 on large.
    small, large = instance_type("m5.large", 2, 8), instance_type("m5.2xlarge", 8, 32)
    listed = catalog((small, 0.09), (large, 0.40), zones=("zone-a",))
    pods = replicas(16, "web", "900m", "3Gi")

    def fleet(listed: Catalog) -> tuple[Counter[str], int]:
        seen = snapshot(pods, catalog_of=listed)
        plan = engine.plan(seen)
        assert not plan.unschedulable
        assert judge(seen, plan, engine.pools_of(seen)) == ()
        return Counter(
            node.instance_type for node in plan.nodes
        ), plan.lower_bound.nano_usd_per_hour

    before, bound_before = fleet(listed)
    costed = with_costs(listed, Costs("costs.yaml", (Extra("agent", 5 * CENT, ""),)))
    after, bound_after = fleet(costed)
    assert before == {"m5.large": 8}
    assert after == {"m5.2xlarge": 2}
    assert bound_after > bound_before


def test_the_judge_refuses_a_price_whose_parts_are_not_the_catalogs() -> None:
    costs = Costs("costs.yaml", (Extra("agent", CENT, ""),))
    seen = snapshot(replicas(2, "web"), catalog_of=with_costs(LISTED, costs))
    plan = engine.plan(seen)
    assert judge(seen, plan, engine.pools_of(seen)) == ()
    (node,) = plan.nodes
    for price in (
        replace(node.price, extras=()),
        replace(node.price, source="somewhere else"),
        replace(node.price, nano_usd_per_hour=node.price.instance_nano_usd_per_hour),
    ):
        wrong = replace(plan, nodes=(replace(node, price=price),))
        assert "Offering" in {v.rule for v in judge(seen, wrong, engine.pools_of(seen))}
