"""Invariants: each is reported when a world is made to break it, and none before."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow.model.nodeclaim import Phase
from kubestow.simulation.invariants import BrokenError, broken, check, crowded
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import nodeclaim, scenario, service


def world() -> SimulatedWorld:
    """Return a world with one node that runs one of two pods, one too large for it."""
    own = SimulatedWorld(scenario(service("web", 1), service("big", 1, "90"), hours=1, seed=4))
    own.cloud.launch(replace(nodeclaim("n"), phase=Phase.LAUNCHING))
    own.wait(60, own.at + 60)
    return own


def test_a_world_that_was_only_played_breaks_no_invariant() -> None:
    own = world()
    assert list(own.pods.nodes) == ["n"]
    assert len(own.pods.pending) == 1
    assert list(broken(own)) == []


def unbilled(own: SimulatedWorld) -> None:
    own.ledger.open.pop("n")


def lost_node(own: SimulatedWorld) -> None:
    del own.pods.nodes["n"]


def lost_claim(own: SimulatedWorld) -> None:
    del own.cloud.claims["n"]


def pending_on_a_node(own: SimulatedWorld) -> None:
    own.pods.pending[next(n for n, life in own.pods.alive.items() if life.pod.node_name)] = None


def pending_and_gone(own: SimulatedWorld) -> None:
    own.pods.pending[99] = None


def one_replica_more(own: SimulatedWorld) -> None:
    own.controllers.wanted[0] += 1


@pytest.mark.parametrize(
    ("damage", "violations"),
    [
        (unbilled, ["node n is ready and not billed"]),
        (lost_node, ["node n is ready and not there", "is on a node that is gone"]),
        (lost_claim, ["node n is billed or there, and no claim of it is"] * 2),
        (pending_on_a_node, ["waits and is on a node", "1 pods are on no node, and 2 wait"]),
        (pending_and_gone, ["pod 99 waits and is gone", "1 pods are on no node, and 2 wait"]),
        (one_replica_more, ["service 0 has 1 pods and wants 2"]),
    ],
)
def test_a_broken_invariant_is_reported(
    damage: Callable[[SimulatedWorld], None], violations: list[str]
) -> None:
    own = world()
    damage(own)
    reported = list(broken(own))
    assert len(reported) == len(violations)
    for text, expected in zip(reported, violations, strict=True):
        assert expected.lower() in text.lower()


def test_a_node_with_more_than_its_allocatable_is_reported() -> None:
    own = world()
    assert list(crowded(own)) == []
    own.pods.cache.free -= own.pods.cache.allocatable
    assert list(crowded(own)) == ["a node holds more than its allocatable"]


def test_the_first_violation_is_an_error_with_seed_and_instant() -> None:
    own = world()
    check(own, [])
    with pytest.raises(BrokenError, match=f"^seed 4, at {own.at}: first$"):
        check(own, ["first", "second"])
