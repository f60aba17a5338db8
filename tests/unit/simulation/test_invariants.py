"""What must hold in every run: a world in which it does not is described, and its run stops."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow import loop
from kubestow.model.nodeclaim import Phase
from kubestow.policies.optimal import Optimal
from kubestow.simulation.invariants import BrokenError, broken, check, overcommitted
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import nodepool, scenario, service

Break = Callable[[SimulatedWorld], object]


def world() -> SimulatedWorld:
    """Return a world with nodes and pods on them, an hour after its start."""
    made = SimulatedWorld(replace(scenario(service("web", 5), hours=1.0), seed=7))
    loop.run(made, made, Optimal((nodepool(),)))
    return made


def node_of(played: SimulatedWorld) -> str:
    return next(iter(played.pods.nodes))


def number_of(played: SimulatedWorld) -> int:
    return next(n for n, life in played.pods.alive.items() if life.pod.node_name)


def test_nothing_is_broken_in_a_run_as_it_is() -> None:
    assert list(broken(world())) == []


def close(played: SimulatedWorld) -> None:
    played.ledger.end(node_of(played), played.at)


def forget_node(played: SimulatedWorld) -> None:
    del played.pods.nodes[node_of(played)]


def forget_claim(played: SimulatedWorld) -> None:
    del played.cloud.claims[node_of(played)]


def launch_again(played: SimulatedWorld) -> None:
    name = node_of(played)
    claim = replace(played.cloud.claims[name], phase=Phase.LAUNCHED)
    played.cloud.claims[name] = claim


def queue(played: SimulatedWorld) -> None:
    played.pods.pending[number_of(played)] = None


def unbind(played: SimulatedWorld) -> None:
    life = played.pods.alive[number_of(played)]
    life.pod = replace(life.pod, node_name="")


def queue_gone(played: SimulatedWorld) -> None:
    played.pods.pending[99] = None


def want_more(played: SimulatedWorld) -> None:
    played.controllers.wanted[0] += 1


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (close, "is Ready and not billed"),
        (forget_node, "is on a node that is gone"),
        (forget_node, "is Ready and not there"),
        (forget_claim, "is billed or there, and has no claim"),
        (launch_again, "is Launched and there"),
        (queue, "is pending and on a node"),
        (queue_gone, "pod 99 is pending and gone"),
        (unbind, "1 pods are on no node, and 0 are pending"),
        (want_more, "service 0 has 5 pods and wants 6"),
    ],
)
def test_a_broken_invariant_is_described(tamper: Break, said: str) -> None:
    played = world()
    tamper(played)
    assert any(said in violation for violation in broken(played))


def test_a_node_that_holds_more_than_it_can_is_described() -> None:
    played = world()
    assert played.pods.cache.free.min() >= 0
    played.pods.cache.free[0, 0] = -1
    assert list(overcommitted(played)) == ["a node holds more than its allocatable"]


def test_a_pod_that_the_scheduler_sees_and_nobody_else_is_described() -> None:
    played = world()
    number = number_of(played)
    node = played.pods.cache.nodes[played.pods.cache.node_of[number]].name
    del played.pods.alive[number]
    assert list(overcommitted(played)) == [f"pod {number} is on {node} and not alive"]


def test_the_first_violation_stops_the_run_with_its_seed_and_instant() -> None:
    played = world()
    check(played, [])
    with pytest.raises(BrokenError, match=f"^seed 7, at {played.at}: one$"):
        check(played, ["one", "two"])
