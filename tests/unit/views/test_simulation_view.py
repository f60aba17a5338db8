"""A simulation's view: a month at the run's pace, and what was proven."""

from dataclasses import replace

import pytest

from kubestow.views.settings import Settings
from kubestow.views.simulation_view import simulation_view

from ..report.html.simulated import SIMULATED, SOURCES, WON, results


def test_a_month_is_the_run_at_its_pace() -> None:
    day, _, half = simulation_view(SIMULATED, results(), SOURCES, WON).results
    assert (day.cost.usd, day.cost.usd_per_month) == (24.0, 730.0)
    assert day.cost.local is not None
    assert day.cost.local.per_month == 730_000
    assert (half.cost.usd, half.cost.usd_per_month) == (6.0, 365.0)
    assert half.is_interrupted


def test_a_bound_is_null_where_nothing_is_proven() -> None:
    proven, unproven, _ = simulation_view(SIMULATED, results(), SOURCES, Settings()).results
    assert (proven.at_end.bound_usd_per_hour, unproven.at_end.bound_usd_per_hour) == (0.8, None)
    assert proven.cost.local is None


def test_pods_that_wait_at_the_end_are_not_placed() -> None:
    view = simulation_view(SIMULATED, results(), SOURCES, Settings()).results[0]
    assert (view.pods.placed, view.at_end.pending) == (49, 1)


def test_a_run_of_no_time_costs_what_it_costs() -> None:
    empty = replace(results()[0], seconds=0, nano_usd=0, curve=())
    cost = simulation_view(SIMULATED, [empty], SOURCES, Settings()).results[0].cost
    assert cost.usd_per_month == pytest.approx(0)
