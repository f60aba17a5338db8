"""The world's clock jumps from event to event, and its faults are those of the scenario."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow.model.decision import Decision, Drain, Launch
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.simulation.scenario import MONDAY, Faults, Scenario
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import nodeclaim, scenario, service

LAUNCH = Decision((Launch(nodeclaim("n1", phase=Phase.LAUNCHING), "Provisioning"),))


def world(day: Scenario) -> SimulatedWorld:
    return SimulatedWorld(day)


def test_pods_are_there_at_the_start_and_no_nodes() -> None:
    played = world(scenario(service("web", 2)))
    state = played.observe()
    assert (len(state.cluster.pods), state.cluster.nodes, state.at) == (2, (), MONDAY)
    assert [w.replicas for w in state.cluster.workloads] == [2]


def test_the_clock_stops_at_what_can_be_seen_after_the_seconds_waited() -> None:
    played = world(scenario(service("web", 2)))
    played.observe()
    played.execute(LAUNCH)
    phases = []
    while played.wait(5, None) and played.at < MONDAY + 100:
        phases.append((played.at - MONDAY, [c.phase for c in played.observe().nodeclaims]))
    assert phases[0] == (45, [Phase.READY])  # 3 + 27 + 15: of what comes before nobody is told
    assert {pod.node_name for pod in played.observe().cluster.pods} == {"n1"}


def test_the_clock_does_not_pass_until_and_never_stands_still() -> None:
    played = world(scenario(service("web", 2)))
    assert played.wait(5, MONDAY + 50)  # the pods were not observed yet
    assert played.at == MONDAY + 5
    played.observe()
    assert played.wait(5, MONDAY + 50)
    assert played.now() == played.at == MONDAY + 50
    assert played.wait(0, MONDAY)
    assert played.at == MONDAY + 51


def test_the_clock_ends_with_the_scenario() -> None:
    played = world(scenario(service("web", 1), hours=0.5))
    played.observe()
    assert not played.wait(5, None)
    assert played.at == MONDAY + 1_800


def test_a_launch_without_capacity_is_an_outcome_once() -> None:
    day = replace(scenario(service("web", 1)), faults=Faults(insufficient_on_demand=1.0))
    played = world(day)
    played.execute(LAUNCH)
    played.wait(5, None)
    (outcome,) = played.execute(Decision())
    assert (outcome.subject, outcome.event) == ("n1", Event.INSUFFICIENT_CAPACITY)
    assert outcome.offering == nodeclaim("n1").offering
    assert played.execute(Decision()) == ()


def test_a_stale_observation_is_the_one_before_at_the_instant_of_now() -> None:
    played = world(replace(scenario(service("web", 1)), faults=Faults(stale=1.0)))
    first = played.observe()
    played.execute(LAUNCH)
    played.wait(50, None)
    assert played.observe() == replace(first, at=played.at)
    assert len(played.snapshot().nodeclaims) == 1


def test_a_decision_that_is_carried_out_twice_changes_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worlds = [
        world(replace(scenario(service("web", 2)), faults=faults))
        for faults in (Faults(), Faults(doubled=1.0))
    ]
    launches: list[str] = []
    for played in worlds:
        launch = played.cloud.launch

        def counted(claim: NodeClaim, launch: Callable[[NodeClaim], None] = launch) -> None:
            launches.append(claim.name)
            launch(claim)

        monkeypatch.setattr(played.cloud, "launch", counted)
        played.execute(LAUNCH)
        played.wait(60, None)
        played.execute(Decision((Drain("n1", "Empty"),)))
        played.wait(60, None)
    once, twice = worlds
    assert launches == ["n1"] * 3
    assert once.snapshot() == twice.snapshot()
    assert once.ledger.nodes_launched == twice.ledger.nodes_launched == 1


def test_a_scheduled_pod_is_told_with_the_order_and_its_wait_is_kept() -> None:
    played = world(scenario(service("web", 3)))
    told: list[tuple[list[int], list[int]]] = []
    played.on_bound = lambda bound, preempted: told.append((list(bound), list(preempted)))
    played.execute(LAUNCH)
    played.wait(50, None)
    assert [(sorted(bound), preempted) for bound, preempted in told] == [([0, 1, 2], [])]
    assert played.ledger.waits == [45, 45, 45]


@pytest.mark.parametrize("seconds", [(3_600,), (7, 1_000, 2_593)])
def test_the_curve_has_a_point_every_five_minutes_however_the_clock_goes(
    seconds: tuple[int, ...],
) -> None:
    played = world(scenario(service("web", 2)))
    played.execute(LAUNCH)
    for step in seconds:
        played.wait(step, played.at)
    curve = played.ledger.curve
    assert [point.at - MONDAY for point in curve] == list(range(0, 3_600, 300))
    assert (curve[0].pending, curve[0].nodes, curve[0].cpu_there) == (2, 0, 0)
    assert (curve[1].pending, curve[1].nodes, curve[1].cpu_asked) == (0, 1, 1_000)


def test_idle_cpu_is_what_nodes_have_and_pods_do_not_request() -> None:
    played = world(scenario(service("web", 2)))
    played.execute(LAUNCH)
    played.wait(145, MONDAY + 145)
    allocatable = dict(played.snapshot().cluster.nodes[0].allocatable)["cpu"]
    assert played.ledger.cpu_seconds == 100 * allocatable
    assert played.ledger.idle_cpu_seconds == 100 * (allocatable - 1_000)


def test_kubestows_turn_waits_until_no_pod_has_come_for_a_second_or_half_a_minute() -> None:
    load = service("web", 0)
    comes = {0: 1, 1: 2, 2: 3, 5: 4, **{100 + at: 5 + at for at in range(60)}}
    steps = tuple((MONDAY + at, count) for at, count in comes.items())
    played = world(replace(scenario(), services=(replace(load, replicas=steps),)))
    played.gather()
    turns = [(played.at - MONDAY, len(played.observe().cluster.pods))]
    while played.wait(1, None) and played.at < MONDAY + 200:
        turns.append((played.at - MONDAY, len(played.observe().cluster.pods)))
    assert turns[:2] == [(3, 3), (6, 4)]
    assert turns[2:4] == [(130, 35), (160, 64)]
