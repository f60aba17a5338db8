"""Scenarios: the end of a simulation, and the named sets of faults."""

from dataclasses import asdict

import pytest

from kubestow.simulation.scenario import FAULTS, MONDAY, NODE_GROUP, Durations, Scenario
from kubestow.testing import snapshot


def test_a_simulation_ends_its_seconds_after_its_start() -> None:
    assert Scenario(snapshot()).end == MONDAY + 86_400
    assert Scenario(snapshot(), start=10, seconds=5).end == 15


def test_without_faults_every_rate_is_zero_and_with_all_none_is() -> None:
    assert set(asdict(FAULTS["none"]).values()) == {0.0}
    assert 0.0 not in asdict(FAULTS["all"]).values()


@pytest.mark.parametrize("name", FAULTS)
def test_every_rate_is_a_share(name: str) -> None:
    assert all(0 <= rate < 1 for rate in asdict(FAULTS[name]).values())


def test_rebalance_adds_recommendations_to_the_faults_of_spot() -> None:
    spot, rebalance = asdict(FAULTS["spot"]), asdict(FAULTS["rebalance"])
    assert {name for name in spot if spot[name] != rebalance[name]} == {
        "recommended", "recommended_for_nothing",
    }  # fmt: skip


def test_a_node_group_launches_more_slowly_than_a_direct_request() -> None:
    group, direct = asdict(NODE_GROUP), asdict(Durations())
    assert {name for name in direct if group[name] > direct[name]} == {
        "request", "register", "ready",
    }  # fmt: skip
