import pytest

from kubestow.model.option import (
    CONTROL_PLANE,
    FEES,
    INSTANCES,
    STORAGE,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
    OptionDescription,
)

DESCRIPTION = OptionDescription("auto-mode", "EKS Auto Mode", Operation("AWS", "40 s", "21 d"))
COSTS = (
    CostPart(INSTANCES, "m5.large", 300, "list"),
    CostPart(INSTANCES, "m5.xlarge", 50, "list"),
    CostPart(FEES, "Auto Mode", 36, "list"),
    CostPart(CONTROL_PLANE, "cluster", 100, "list"),
)
FLEET = (
    FleetLine("m5.large", "zone-a", "on-demand", 3, 20, 100),
    FleetLine("m5.xlarge", "zone-b", "spot", 1, 7, 50),
)
OPTION = ComputeOption(DESCRIPTION, FLEET, COSTS, (), 27)


def test_an_option_costs_the_sum_of_its_parts() -> None:
    assert OPTION.nano_usd_per_hour == 486
    assert [OPTION.part(name) for name in (INSTANCES, FEES, STORAGE, CONTROL_PLANE)] == [
        350,
        36,
        0,
        100,
    ]


def test_an_option_has_as_many_nodes_as_the_lines_of_its_fleet_together() -> None:
    assert OPTION.nodes == 4


@pytest.mark.parametrize(
    ("costs", "is_estimate"),
    [(COSTS, False), ((*COSTS, CostPart(STORAGE, "gp3", 1, "guess", is_estimate=True)), True)],
)
def test_one_estimated_part_makes_the_whole_cost_an_estimate(
    costs: tuple[CostPart, ...], is_estimate: bool
) -> None:
    assert ComputeOption(DESCRIPTION, FLEET, costs, (), 27).is_estimate is is_estimate


def test_further_notes_come_after_those_there_are() -> None:
    noted = DESCRIPTION.noting("first").noting("second", "third")
    assert noted.notes == ("first", "second", "third")
    assert (noted.id, noted.title) == (OPTION.id, OPTION.title)
    assert DESCRIPTION.notes == ()
