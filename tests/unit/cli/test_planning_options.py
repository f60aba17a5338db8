import pytest

from kubestow.cli.catalog_options import MoneyOptions
from kubestow.cli.planning_options import PlanningOptions
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import WantedNetworking


@pytest.mark.parametrize("prefix_delegation", [True, False])
@pytest.mark.parametrize("custom_networking", [True, False])
def test_the_networking_of_a_plan_is_what_its_flags_say(
    prefix_delegation: bool, custom_networking: bool
) -> None:
    options = PlanningOptions(
        prefix_delegation=prefix_delegation, custom_networking=custom_networking
    )
    assert options.networking == WantedNetworking(prefix_delegation, custom_networking)


def test_without_flags_nothing_is_said_of_networking() -> None:
    assert PlanningOptions().networking == WantedNetworking(None, None)


def test_money_is_shown_as_its_own_options_say() -> None:
    settings = PlanningOptions().settings(
        MoneyOptions(currency="KRW", rate=1390, hours_per_month=1)
    )
    assert (settings.currency.code, settings.hours_per_month) == ("KRW", 1)


def test_a_negative_seed_is_a_mistake() -> None:
    with pytest.raises(InputError, match="--seed -1"):
        PlanningOptions(seed=-1).settings(MoneyOptions())
