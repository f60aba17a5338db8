"""The simulated world: how its clock advances, what it shows and how it executes decisions."""

from dataclasses import replace

import pytest

from kubestow.model.decision import EMPTY, Decision, Drain, Launch
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.simulation.scenario import MONDAY, NO_FAULTS, Faults, Scenario
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import daemonset, nodeclaim, scenario, service

CLAIM = replace(nodeclaim("n"), phase=Phase.LAUNCHING)
JOINS = 3 + 27 + 15


def world(
    *services: tuple[str, int], faults: Faults = NO_FAULTS, hours: float = 1
) -> SimulatedWorld:
    own = scenario(*(service(name, count) for name, count in services), hours=hours, faults=faults)
    return SimulatedWorld(own)


def launched(own: SimulatedWorld, claim: NodeClaim = CLAIM) -> SimulatedWorld:
    own.execute(Decision((Launch(claim, "Provisioning"),)))
    return own


def phase(own: SimulatedWorld) -> Phase:
    return own.cloud.claims["n"].phase


def test_a_world_starts_with_its_pods_pending_and_no_nodes() -> None:
    cluster = world(("web", 3)).observe().cluster
    assert [pod.node_name for pod in cluster.pods] == [""] * 3
    assert cluster.nodes == ()
    assert [(load.name, load.replicas) for load in cluster.workloads] == [("web", 3)]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(2, Phase.LAUNCHING), (3, Phase.LAUNCHED), (3 + 27, Phase.REGISTERED), (JOINS, Phase.READY)],
)
def test_a_launched_node_goes_through_its_phases(seconds: int, expected: Phase) -> None:
    own = launched(world())
    own.wait(seconds, own.at)
    assert phase(own) is expected


def test_pods_are_bound_when_a_node_joins_and_wait_until_then() -> None:
    own = launched(world(("web", 2)))
    own.wait(JOINS, own.at)
    snapshot = own.observe()
    assert [pod.node_name for pod in snapshot.cluster.pods] == ["n", "n"]
    assert [node.name for node in snapshot.cluster.nodes] == ["n"]
    assert own.ledger.waits == [JOINS, JOINS]


def test_daemonset_pods_come_with_their_node() -> None:
    own = scenario(service("web", 1))
    cluster = replace(own.base.cluster, daemonsets=(daemonset("agent"),))
    with_agent: Scenario = replace(own, base=replace(own.base, cluster=cluster))
    simulated = SimulatedWorld(with_agent)
    agent = next(pod for owner, pod in simulated.pods.samples.items() if owner[0] == "daemonset")
    launched(simulated, replace(CLAIM, daemonset_pods=(agent,)))
    simulated.wait(JOINS, simulated.at)
    assert sorted(pod.daemonset for pod in simulated.observe().cluster.pods) == [
        "", "kube-system/agent",
    ]  # fmt: skip


def test_waiting_ends_at_the_next_visible_event_or_at_the_instant_asked_for() -> None:
    own = launched(world(("web", 1)))
    assert own.wait(5, None)
    assert own.at == MONDAY + JOINS
    assert own.wait(5, MONDAY + 100)
    assert own.at == MONDAY + 100


def test_waiting_reports_the_end_of_the_simulation() -> None:
    own = world(hours=0.1)
    assert not own.wait(5, None)
    assert own.at == MONDAY + 360
    assert own.now() == own.at


def test_a_stale_observation_repeats_the_previous_one_at_the_new_instant() -> None:
    own = world(("web", 1), faults=replace(NO_FAULTS, stale=1.0))
    first = own.observe()
    launched(own)
    own.wait(JOINS, own.at)
    assert own.observe() == replace(first, at=own.at)
    assert own.snapshot().cluster.nodes != ()


def test_a_decision_that_is_executed_twice_launches_one_node() -> None:
    own = launched(world(faults=replace(NO_FAULTS, doubled=1.0)))
    own.wait(JOINS, own.at)
    assert own.ledger.nodes_launched == 1


def test_a_launch_without_capacity_is_an_outcome_of_the_next_decision() -> None:
    own = launched(world(faults=replace(NO_FAULTS, insufficient_on_demand=1.0)))
    own.wait(5, own.at)
    (outcome,) = own.execute(Decision())
    assert (outcome.subject, outcome.event) == ("n", Event.INSUFFICIENT_CAPACITY)
    assert own.execute(Decision()) == ()
    assert own.ledger.nodes_failed == 1


def test_a_drained_node_is_gone_once_its_pods_have_ended() -> None:
    own = launched(world(("web", 1)))
    own.wait(JOINS + 10, own.at)
    own.execute(Decision((Drain("n", EMPTY),)))
    assert phase(own) is Phase.DRAINING
    own.wait(10, own.at)
    assert "n" not in own.cloud.claims
    assert own.observe().cluster.nodes == ()
    assert list(own.ledger.open) == []


def test_a_point_of_the_curve_is_taken_every_five_minutes() -> None:
    own = launched(world(("web", 1)))
    own.wait(1_000, own.at)
    points = own.ledger.curve
    assert [point.at - MONDAY for point in points] == [0, 300, 600, 900]
    assert [(point.nodes, point.pending) for point in points] == [(0, 1), (1, 0), (1, 0), (1, 0)]
