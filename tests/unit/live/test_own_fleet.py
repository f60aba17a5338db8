"""The launches of the last hour are those made here and those that EC2 tells of."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.claims import Launched
from kubestow.live.own_fleet import OwnFleet
from kubestow.model.input_error import InputError
from kubestow.testing import ZONES, nodeclaim


class Finder:
    """EC2, which tells of instances that were launched at some instants."""

    def __init__(self, **launched_at: int) -> None:
        self.found = tuple(
            OwnInstance(key, key, "pool", "m5.large", ZONES[0], "spot", "terminated", at)
            for key, at in launched_at.items()
        )
        self.asked, self.is_away = 0, False

    def own(self) -> tuple[OwnInstance, ...]:
        self.asked += 1
        if self.is_away:
            raise InputError("EC2 is away", hint="")
        return self.found

    def existing(self, ids: Iterable[str]) -> frozenset[str]:
        return frozenset()

    def end(self, ids: Iterable[str]) -> None:
        pass


def asked_for(*names: str) -> list[Launched]:
    """Return what was asked of a node group at 100 s."""
    return [Launched(nodeclaim(n), f"stand-in {n}", 100, is_to_come=True) for n in names]


def test_launches_count_for_an_hour_whoever_made_them() -> None:
    fleet = OwnFleet(Finder(old=1_000, new=4_000), lambda: 5_000)
    fleet.instances()
    assert fleet.launched_within(5_000) == 1
    fleet.add([Launched(nodeclaim("a"), "i-a", 5_000), Launched(nodeclaim("b"), "new", 4_001)])
    assert fleet.launched_within(5_000) == 2
    assert fleet.launched_within(7_700) == 1
    assert fleet.launched_within(8_600) == 0


def test_nobody_waits_for_an_answer_once_something_is_known() -> None:
    finder, later, at = Finder(a=1), list[Callable[[], None]](), [100]
    fleet = OwnFleet(finder, lambda: at[0], later.append)
    assert [item.instance_id for item in fleet.instances()] == ["a"]
    finder.found += Finder(b=2).found
    at[0] += 15
    for _ in range(3):  # one asks, the others do not
        assert [item.instance_id for item in fleet.instances()] == ["a"]
    (ask,) = later
    ask()
    assert [item.instance_id for item in fleet.instances()] == ["a", "b"]
    assert finder.asked == 2


def test_what_is_asked_for_during_an_answer_is_asked_again_after_it() -> None:
    finder, later, at = Finder(a=1), list[Callable[[], None]](), [100]
    fleet = OwnFleet(finder, lambda: at[0], later.append)
    fleet.instances()
    at[0] += 15
    fleet.instances()
    own = finder.own

    def meanwhile() -> tuple[OwnInstance, ...]:
        fleet.end(["a"])
        return own()

    finder.own = meanwhile  # type: ignore[method-assign] # an answer that takes its time
    later.pop()()
    finder.own = own  # type: ignore[method-assign] # as before
    fleet.instances()
    assert len(later) == 1


def test_that_nothing_is_known_is_an_error_each_time() -> None:
    finder, at = Finder(a=1), [100]
    finder.is_away = True
    fleet = OwnFleet(finder, lambda: at[0])
    for _ in range(2):
        with pytest.raises(InputError, match="EC2 is away"):
            fleet.instances()
    assert finder.asked == 1
    at[0], finder.is_away = 105, False
    assert len(fleet.instances()) == 1
    at[0], finder.is_away = 200, True
    assert len(fleet.instances()) == 1
    assert fleet.trouble == "EC2 is away"


def test_what_was_launched_is_a_copy_that_others_do_not_change() -> None:
    fleet = OwnFleet(Finder(), lambda: 5_000)
    fleet.add([Launched(nodeclaim("a"), "i-a", 5_000)])
    found = fleet.launched()
    for name in found:
        fleet.add([Launched(nodeclaim(f"after-{name}"), "i-b", 5_000)])
    assert list(found) == ["a"]
    assert list(fleet.launched()) == ["a", "after-a"]


def test_what_a_group_could_not_launch_is_no_launch_and_does_not_come() -> None:
    finder = Finder()
    coming = OwnInstance(
        "stand-in a", "a", "web", "m5.large", ZONES[0], "spot", "pending", 100,
        is_grouped=True, is_to_come=True,
    )  # fmt: skip
    finder.found = (coming,)
    fleet = OwnFleet(finder, lambda: 100)
    fleet.add(asked_for("a", "b"))
    assert [item.claim for item in fleet.instances()] == ["a", "b"]
    assert fleet.launched_within(100) == 2
    fleet.forget(["a", "c"])
    assert fleet.arrived() == ()
    assert [item.claim for item in fleet.instances()] == ["b"]
    assert fleet.launched_within(100) == 1


def test_what_a_group_launches_of_itself_is_no_launch_here() -> None:
    finder = Finder(a=90)
    finder.found = tuple(replace(item, is_grouped=True) for item in finder.found)
    fleet = OwnFleet(finder, lambda: 100)
    fleet.instances()
    assert fleet.launched_within(100) == 0


def test_what_has_come_stands_for_itself_and_what_was_not_wanted_does_not_come() -> None:
    finder, at = Finder(), [100]
    fleet = OwnFleet(finder, lambda: at[0])
    fleet.add(asked_for("a", "b"))
    came = OwnInstance("i-1", "a", "web", "m5.large", ZONES[0], "spot", "running", 1)
    finder.found = (came,)
    assert [item.instance_id for item in fleet.instances()] == ["i-1", "stand-in b"]
    (arrived,) = fleet.arrived()
    assert (arrived.claim.name, arrived.instance_id, arrived.is_to_come) == ("a", "i-1", False)
    assert fleet.arrived() == ()
    at[0] = 161
    assert [item.instance_id for item in fleet.instances()] == ["i-1"]


def test_instances_of_groups_are_looked_at_without_asking_for_all() -> None:
    finder = Finder(a=1, b=1)
    one, two = (replace(item, is_grouped=True) for item in Finder(g=1, h=1).found)
    finder.found += (one,)
    fleet = OwnFleet(finder, lambda: 100)
    assert not fleet.look(lambda: (two,))  # nothing is known yet
    fleet.instances()
    assert not fleet.look(lambda: (one,))
    assert fleet.look(lambda: (two,))
    assert [item.instance_id for item in fleet.instances()] == ["a", "b", "h"]
    assert finder.asked == 1


def test_a_look_that_fails_keeps_nobody_from_asking() -> None:
    finder, at = Finder(a=1), [100]
    fleet = OwnFleet(finder, lambda: at[0])
    fleet.instances()

    def fail() -> tuple[OwnInstance, ...]:
        raise InputError("Auto Scaling is away", hint="")

    with pytest.raises(InputError, match="is away"):
        fleet.look(fail)
    at[0] += 15
    fleet.instances()
    assert finder.asked == 2
