"""What a plan costs, and what of it is whose."""

from msgspec import UNSET

from kubestow.model.costs import Costs, Extra, Override, Reservation
from kubestow.model.currency import Currency
from kubestow.model.instance_type import Price
from kubestow.testing import snapshot
from kubestow.views.plan_cost_view import (
    existing_cost_view,
    plan_cost_view,
    plan_costs_view,
    reservation_views,
)
from kubestow.views.settings import Settings

from .plans import plan, planned

COSTS = Costs(
    "costs.yaml",
    (Extra("agent", 10_000_000, "a bill"), Extra("licence", 1, "a guess", is_estimate=True)),
    (Override("savings", None, "a contract"),),
    (Reservation("held", "m5.large", 3, 50_000_000, "a contract"),),
)
PRICE = Price(80_000_000, "a contract", extras=(("agent", 10_000_000),), override="savings")


def test_existing_nodes_add_no_cost() -> None:
    view = plan_cost_view(plan(planned("a"), planned("b", existing=True)), None, Settings())
    assert (view.usd_per_hour, view.usd_per_month, view.local) == (0.1, 73.0, None)
    assert view.committed_usd_per_hour is UNSET


def test_whole_hours_a_month_are_written_without_a_fraction() -> None:
    hours = [plan_cost_view(plan(), None, Settings(hours_per_month=h)) for h in (720.0, 730.5)]
    assert [repr(view.hours_per_month) for view in hours] == ["720", "730.5"]


def test_the_cost_is_also_in_the_users_currency() -> None:
    settings = Settings(currency=Currency("KRW", 1000.0))
    local = plan_cost_view(plan(planned("a")), None, settings).local
    assert local is not None
    assert (local.code, local.per_month) == ("KRW", 73_000.0)


def test_instances_and_extras_add_up_to_the_cost() -> None:
    view = plan_costs_view(plan(planned("a", price=PRICE), planned("b", price=PRICE)), COSTS)
    assert (view.instances_usd_per_hour, view.extras_usd_per_hour) == (0.14, 0.02)
    assert [(e.name, e.usd_per_hour, e.nodes) for e in view.extras] == [
        ("agent", 0.02, 2),
        ("licence", 0.0, 0),
    ]
    assert [(e.name, e.usd_per_hour, e.nodes) for e in view.prices] == [("savings", 0.14, 2)]


def test_reservations_are_in_use_planned_or_unused() -> None:
    nodes = (
        planned("a", ["default/web-0"], existing=True, reservation="held"),
        planned("b", existing=True, reservation="held"),
    )
    (view,) = reservation_views(plan(*nodes), COSTS)
    assert (view.count, view.in_use_already, view.planned, view.unused) == (3, 1, 1, 1)
    assert (view.usd_per_hour, view.committed_usd_per_hour, view.zone) == (0.05, 0.15, None)
    assert plan_cost_view(plan(*nodes), COSTS, Settings()).committed_usd_per_hour == 0.15


def test_existing_nodes_are_priced_by_the_catalog_where_it_has_them() -> None:
    nodes = (
        planned("a", existing=True),
        planned("b", existing=True, reservation="held"),
        planned("new"),
    )
    view = existing_cost_view(plan(*nodes), snapshot())
    assert (view.nodes, view.usd_per_hour, view.unpriced) == (1, 0.096, 0)
    other = snapshot(catalog_of=snapshot().catalog.narrowed(lambda offering: False))
    assert existing_cost_view(plan(*nodes), other).unpriced == 1
