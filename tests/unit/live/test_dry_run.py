"""A dry run changes nothing, and tells once what would be done."""

from collections.abc import Iterable
from dataclasses import replace

from kubestow.live.dry_run import DryRun
from kubestow.model.decision import Action, Avoid, Decision, Drain, Land, Launch, Outcome
from kubestow.model.snapshot import Snapshot
from kubestow.testing import nodeclaim, observed

HOUR = 3_600
DRAIN = Drain("a", "Underutilized")


class Untouched:
    """A world that nothing may be done to."""

    def __init__(self) -> None:
        self.at = 0

    def observe(self) -> Snapshot:
        return replace(observed([], []), at=self.at)

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        raise AssertionError("a dry run does nothing")


def told(*turns: tuple[int, Iterable[Action]]) -> list[list[Action]]:
    """Return what is told at each of some turns, which are (instant, actions)."""
    world, said = Untouched(), list[Action]()
    dry, found = DryRun(world, said.append), []
    for at, actions in turns:
        world.at = at
        assert dry.observe().at == at
        assert dry.execute(Decision(tuple(actions), ())) == ()
        found.append(list(said))
        said.clear()
    return found


def test_what_is_decided_again_and_again_is_told_once() -> None:
    assert told((0, [DRAIN]), (5, [DRAIN]), (10, [DRAIN, Avoid(("b",))])) == [
        [DRAIN], [], [Avoid(("b",))],
    ]  # fmt: skip


def test_what_is_decided_now_and_then_is_told_once_an_hour_at_most() -> None:
    found = told((0, [DRAIN]), (5, []), (900, [DRAIN]), (950, []), (900 + HOUR, [DRAIN]))
    assert found == [[DRAIN], [], [], [], [DRAIN]]


def test_a_launch_is_the_same_under_another_name_and_a_landing_on_another_node() -> None:
    first, second = (Launch(nodeclaim(name), "Provisioning") for name in ("n1", "n2"))
    assert told((0, [first]), (5, [second])) == [[first], []]
    assert told((0, [first, second])) == [[first, second]], "each of several alike"
    lands = Land("default/a", "n1"), Land("default/a", "n2")
    assert told((0, [lands[0]]), (5, [lands[1]])) == [[lands[0]], []]
