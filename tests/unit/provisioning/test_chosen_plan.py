"""The plan to show: which fleet it is of, and in which types it is rehearsed."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.engine import pools_of
from kubestow.model.costs import Costs, Extra
from kubestow.model.instance_type import Catalog
from kubestow.model.kinds import KindsWish
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.chosen_plan import ChosenPlan, chosen_plan, within_kinds
from kubestow.provisioning.kinds import ChosenKinds, choose_kinds
from kubestow.provisioning.provision import Fleet
from kubestow.testing import catalog, instance_type, nodepool, replicas, snapshot

SMALL, LARGE = instance_type("c5.large", 2, 4), instance_type("c5.xlarge", 4, 8)
SOLD = catalog((SMALL, 0.085), (LARGE, 0.1702))
AGENT = Extra("agent", 1_000_000, "bill")
LICENCE = Extra("licence", 1_000_000, "bill", per_vcpu=True)


def state(sold: Catalog = SOLD) -> Snapshot:
    return snapshot(replicas(4, "web", "800m", "1Gi"), catalog_of=sold, nodepools=(nodepool(),))


def chosen(wish: KindsWish | None, sold: Catalog = SOLD) -> ChosenPlan:
    given = state(sold)
    return chosen_plan(given, pools_of(given), wish)


def test_without_a_wish_it_is_the_cheapest_fleet() -> None:
    found = chosen(None)
    assert found.kinds is None
    assert found.plan.cost_nano_usd_per_hour == 170_000_000


@pytest.mark.parametrize(("extras", "counts"), [((), True), ((AGENT,), False), ((LICENCE,), True)])
def test_who_prices_nodes_gets_no_other_reward_for_fewer(
    monkeypatch: pytest.MonkeyPatch, extras: tuple[Extra, ...], *, counts: bool
) -> None:
    wishes: list[KindsWish] = []

    def remembered(fleet: Fleet, wish: KindsWish, **settings: Any) -> ChosenKinds:
        wishes.append(wish)
        return choose_kinds(fleet, wish, **settings)

    monkeypatch.setattr("kubestow.provisioning.chosen_plan.choose_kinds", remembered)
    chosen(KindsWish(most=1), replace(SOLD, costs=Costs("costs.yaml", extras)))
    assert [wish.node_worth > 0 for wish in wishes] == [counts]


def test_a_plan_of_few_kinds_is_rehearsed_in_their_types_alone() -> None:
    given = state()
    found = chosen_plan(given, pools_of(given), KindsWish(most=1))
    types = {
        o.instance_type for o in within_kinds(given, found.kinds, KindsWish()).catalog.offerings
    }
    assert types == {node.instance_type for node in found.plan.nodes}
    assert within_kinds(given, None, KindsWish()) is given
