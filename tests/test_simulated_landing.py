"""Landing in simulations: what the API server answers, what is lost or late, who restarts when."""

from dataclasses import replace

import pytest

from kubestow.model.decision import Decision, DeletionOrder, Drain, Land, Launch, Open, Outcome
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.reporter import SilentReporter
from kubestow.policies.optimal import Optimal
from kubestow.simulation.cloud import CONFLICT, NOT_FOUND, NOT_HELD, REFUSED
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, Faults, Scenario
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, nodeclaim, nodepool, scenario, service, spread

POOL = nodepool()
HELD = nodeclaim("n1", phase=Phase.LAUNCHING, holds=True)


def held(day: Scenario, claim: NodeClaim = HELD) -> SimulatedWorld:
    """Return a world in which a node is held, fifty seconds after the start."""
    world = SimulatedWorld(day)
    world.observe()
    world.execute(Decision((Launch(claim, "a test"),)))
    world.wait(50, world.at + 50)
    assert world.cloud.claims["n1"].phase is Phase.HELD
    return world


def keys(world: SimulatedWorld) -> list[str]:
    return [life.pod.key for life in world.pods.alive.values() if not life.pod.daemonset]


def test_the_scheduler_leaves_a_held_node_alone_until_it_is_opened() -> None:
    world = held(scenario(service("web", 2)))
    assert len(world.pods.pending) == 2
    world.execute(Decision((Land(keys(world)[0], "n1"),)))
    assert (len(world.pods.pending), world.ledger.landed) == (1, 1)
    world.execute(Decision((Open("n1", "a test"),)))
    world.wait(5, None)
    assert (len(world.pods.pending), world.ledger.landed) == (0, 1)
    assert world.cloud.claims["n1"].phase is Phase.READY


def test_a_binding_is_answered_as_by_the_api_server_and_judged_first() -> None:
    world = held(scenario(service("web", 4)))  # an m5.large takes three of 500m
    pods = keys(world)
    asked = tuple(Land(pod, "n1") for pod in (*pods, pods[0], "default/other"))
    found = world.execute(Decision(asked))
    assert found == (
        Outcome(pods[3], REFUSED), Outcome(pods[0], CONFLICT), Outcome("default/other", NOT_FOUND),
    )  # fmt: skip
    world.execute(Decision((Open("n1", "a test"),)))
    assert world.execute(Decision((Land(pods[3], "n1"),))) == (Outcome(pods[3], NOT_HELD),)


@pytest.mark.parametrize("faults", [Faults(lost=1.0), Faults(late=1.0)])
def test_what_is_lost_does_nothing_and_what_is_late_is_judged_when_it_comes(
    faults: Faults,
) -> None:
    world = held(scenario(service("web", 4), faults=faults))
    world.execute(Decision(tuple(Land(pod, "n1") for pod in keys(world))))
    assert world.ledger.landed == 0
    world.wait(5, None)
    assert world.ledger.landed == (3 if faults.late else 0)


def test_a_held_node_that_drains_or_that_ec2_takes_back_is_no_longer_held() -> None:
    world = held(scenario(service("web", 2)))
    world.execute(Decision((Drain("n1", "a test"),)))
    assert "n1" not in world.cloud.claims
    spot = replace(HELD, capacity_type="spot")
    often = Faults(interruptions_per_hour=100.0)
    world = held(scenario(service("web", 1), catalog_of=catalog(*GENERAL, spot=0.3)), spot)
    world.stage.scenario = replace(world.scenario, faults=often)
    world.cloud._noticed("n1")
    world.execute(Decision((Land(keys(world)[0], "n1"),)))
    world.wait(130, world.at + 130)
    assert "n1" not in world.cloud.claims
    assert (world.ledger.killed, len(world.pods.pending)) == (1, 1)


def test_a_controller_that_restarts_between_binding_and_opening_opens() -> None:
    world, policy = SimulatedWorld(scenario(service("web", 5))), Optimal((POOL,))
    memory, bound = Memory(), False
    while world.at < MONDAY + 300:
        decision, memory = policy.decide(world.observe(), memory, SilentReporter())
        world.execute(decision)
        if any(isinstance(action, Land) for action in decision.actions):
            memory, bound = Memory(), True
        world.wait(policy.period_seconds, decision.look_again_at)
    assert bound
    assert not world.pods.pending
    assert {claim.phase for claim in world.cloud.claims.values()} == {Phase.READY}


def test_replicas_go_from_the_nodes_that_are_to_be_emptied() -> None:
    day = scenario(service("web", 6))
    load = replace(day.services[0], replicas=((MONDAY, 6), (MONDAY + 900, 3)))
    world = SimulatedWorld(replace(day, services=(load,)))
    world.observe()
    claims = [nodeclaim(name, phase=Phase.LAUNCHING) for name in ("n1", "n2")]
    order = DeletionOrder(("n2", "n1"))
    world.execute(Decision((*(Launch(claim, "a test") for claim in claims), order)))
    world.wait(899, MONDAY + 899)
    assert [len(world.pods.by_node[name]) for name in ("n1", "n2")] == [3, 3]
    world.wait(60, MONDAY + 1_000)
    assert [len(world.pods.by_node[name]) for name in ("n1", "n2")] == [3, 0]


@pytest.mark.parametrize("seed", range(4))
def test_no_fault_breaks_an_invariant_and_a_run_is_the_same_again(seed: int) -> None:
    rule = spread("topology.kubernetes.io/zone", app="web")
    day = scenario(
        service("web", 12, spread=(rule,)), service("db", 4, "1", "6Gi"),
        shape="bursts", hours=4, catalog_of=catalog(*GENERAL, spot=0.3),
        faults=replace(ALL_FAULTS, lost=0.3, late=0.3), seed=seed,
    )  # fmt: skip
    assert simulate(day, Optimal((POOL,))) == simulate(day, Optimal((POOL,)))
