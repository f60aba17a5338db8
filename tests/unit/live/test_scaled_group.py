"""What a group is asked for, by whom, and what of it is asked for no more."""

from dataclasses import replace

import pytest

from kubestow.live.scaled_group import ScaledGroup, stand_in
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.testing import ZONES, nodeclaim

WEB = ManagedGroup("web", "eks-web", 1, 5, ("m5.large",), ZONES[:2], "spot", "AL2023")
THERE = GroupMember("i-0", "m5.large", ZONES[0])


def group(desired: int = 3, of: ManagedGroup = WEB) -> ScaledGroup:
    """Return a group with one instance, at 100 s."""
    made = ScaledGroup(of, seen={"i-0"}, coming_since=100)
    made.take(GroupSize(desired, (THERE,)), 100)
    return made


def test_what_stands_for_instances_has_ids_of_its_own() -> None:
    made = group()
    made.asked = [(nodeclaim("a", "m5.large"), 90)]
    asked, other = made.coming()
    assert (asked.claim, asked.instance_id, asked.launched_at) == ("a", stand_in("a"), 90)
    assert (other.claim, other.instance_id, other.launched_at) == ("web/1", stand_in("web/1"), 100)
    assert asked.is_to_come
    assert other.is_to_come
    assert other.is_grouped


@pytest.mark.parametrize(("least", "names"), [(0, ["web/1", "web/2"]), (2, ["web/2"]), (3, [])])
def test_what_the_least_of_a_group_needs_is_not_given_up(least: int, names: list[str]) -> None:
    assert [node.name for node in group(of=replace(WEB, least=least)).missing(190)] == names


def test_what_others_asked_for_just_now_is_not_given_up() -> None:
    assert group().missing(189) == ()


def test_what_was_asked_for_here_is_given_up_alone() -> None:
    made = group()
    made.asked = [(nodeclaim("a"), 100)]
    assert [node.name for node in made.missing(100)] == ["a"]


def test_what_others_asked_for_is_stuck_after_a_while() -> None:
    made = group()
    assert [at for at in (189, 190) if made.is_stuck(at)] == [190]
    assert not group(1).is_stuck(190)  # all have come
    assert not group(of=replace(WEB, least=3)).is_stuck(190)
    assert not group(of=replace(WEB, is_updating=True)).is_stuck(190)
    made.asked = [(nodeclaim("a"), 100)]
    assert not made.is_stuck(190)


def test_a_failure_lasts_until_nothing_is_missing_of_it() -> None:
    made = group()
    made.failure = "none left"
    made.take(GroupSize(3, (THERE,)), 101)
    assert made.failure
    made.asked = [(nodeclaim("a"), 101)]
    new = GroupMember("i-1", "m5.large", ZONES[0])
    assert made.take(GroupSize(4, (THERE, new)), 102) == {"i-1": "a"}
    assert not made.failure  # which was of what was asked for here
    made.failure = "none left"
    made.take(GroupSize(1, (THERE,)), 103)
    assert not made.failure
