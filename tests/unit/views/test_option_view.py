"""An option's view: its cost by part and by month, and its fleet."""

import json

from kubestow.model.currency import Currency
from kubestow.model.option import (
    PARTS,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
    OptionDescription,
)
from kubestow.views.option_view import option_view
from kubestow.views.settings import Settings
from kubestow.views.view import encode

OPTION = ComputeOption(
    OptionDescription("fargate", "Fargate", Operation("AWS", "1 min", "as long as its pod")),
    (FleetLine("0.25 vCPU", "zone-a", "fargate", 3, 3, 10_000_000, 1, (0.123456, 0.5)),),
    (
        CostPart("instances", "pods", 30_000_000, "a list"),
        CostPart("control plane", "EKS", 100_000_000, "a list", is_estimate=True),
    ),
    (),
    3,
)


def test_every_part_of_a_cost_is_there_under_its_name() -> None:
    view = option_view(OPTION, 4, Settings())
    by_part = view.cost.per_month_by_part
    assert list(by_part.by_part()) == list(PARTS)
    assert json.loads(encode(by_part)) == by_part.by_part()
    assert (by_part.instances, by_part.fees, by_part.control_plane) == (21.9, 0.0, 73.0)
    assert view.cost.usd_per_month == 94.9


def test_an_option_runs_all_where_it_runs_as_many_pods_as_there_are() -> None:
    assert not option_view(OPTION, 4, Settings()).runs_all
    assert option_view(OPTION, 3, Settings()).runs_all


def test_a_cost_is_an_estimate_where_a_part_is() -> None:
    cost = option_view(OPTION, 3, Settings(currency=Currency("KRW", 1000.0))).cost
    assert cost.is_estimate
    assert [part.is_estimate for part in cost.parts] == [False, True]
    assert cost.local is not None
    assert cost.local.per_month == 94_900


def test_a_fleet_line_is_of_one_unit_and_its_shares_are_rounded() -> None:
    (line,) = option_view(OPTION, 3, Settings()).fleet
    assert (line.usd_per_hour_each, line.spare_cpu, line.spare_memory) == (0.01, 0.1235, 0.5)
