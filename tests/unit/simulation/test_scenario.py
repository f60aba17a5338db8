"""A scenario ends after its seconds, and its faults are rates by name."""

from dataclasses import astuple, fields

import pytest

from kubestow.simulation.scenario import FAULTS, MONDAY, NODE_GROUP, Durations, Faults, Scenario
from kubestow.testing import snapshot


def test_a_scenario_starts_on_a_monday_and_ends_after_its_seconds() -> None:
    assert MONDAY % 86_400 == 0
    assert (MONDAY // 86_400 + 3) % 7 == 0, "the first of January 1970 was a Thursday"
    assert Scenario(snapshot(), seconds=90).end == MONDAY + 90


def test_nothing_goes_wrong_without_faults_and_everything_with_all() -> None:
    assert set(astuple(FAULTS["none"])) == {0.0}
    assert all(astuple(FAULTS["all"]))


@pytest.mark.parametrize("name", FAULTS)
def test_a_share_of_faults_is_at_most_one(name: str) -> None:
    assert all(0.0 <= rate <= 1.0 for rate in astuple(FAULTS[name]))


def test_rebalance_faults_are_those_of_spot_with_recommendations() -> None:
    spot, rebalance = FAULTS["spot"], FAULTS["rebalance"]
    differing = {
        field.name
        for field in fields(Faults)
        if getattr(spot, field.name) != getattr(rebalance, field.name)
    }
    assert differing == {"recommended", "recommended_for_nothing"}


def test_a_node_of_a_group_takes_twice_as_long_as_one_of_ec2s_fleet() -> None:
    def to_ready(durations: Durations) -> int:
        return durations.request + durations.register + durations.ready

    assert (to_ready(Durations()), to_ready(NODE_GROUP)) == (45, 95)
