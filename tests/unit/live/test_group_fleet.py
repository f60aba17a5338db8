"""What is asked of Auto Scaling becomes instances, which claims get them, and what cannot come."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.live.group_fleet import GroupFleet, JoinedFleets
from kubestow.model.input_error import InputError
from kubestow.model.managed_group import GroupMember, GroupSize, ManagedGroup
from kubestow.model.nodeclaim import NodeClaim
from kubestow.testing import ZONES, nodeclaim

TYPE, COMING = "m5.large", "coming/"
GROUP = ManagedGroup("web", "eks-web", 1, 5, (TYPE,), ZONES[:2], "on-demand", "AL2023")


class Api:
    """EKS and Auto Scaling: a group, and the instances that a test gives it."""

    def __init__(self, group: ManagedGroup = GROUP, desired: int = 1) -> None:
        self.of, self.at = group, 1_000
        first = GroupMember("i-0", TYPE, ZONES[0])
        self.size = GroupSize(desired, (first,))
        self.is_away, self.loses_answers, self.is_silent = False, False, False
        self.reasons: tuple[str, ...] = ()
        self.ended: list[tuple[str, bool]] = []
        self.asked_at = 0
        self.is_stale = False
        self.state = ""

    def group(self, name: str) -> ManagedGroup:
        if self.is_away:
            raise InputError("EKS is away", hint="")
        return self.of

    def sizes(self, scaling_groups: Sequence[str]) -> dict[str, GroupSize]:
        if self.is_away:
            raise InputError("Auto Scaling is away", hint="")
        return {"eks-web": self.size}

    def failures(self, scaling_group: str, since: int) -> tuple[str, ...]:
        if self.is_silent:
            raise InputError("no rights", hint="")
        self.asked_at = since
        return self.reasons

    def last_failure(self, scaling_group: str) -> str:
        return next(iter(self.reasons), "")

    def resize(self, scaling_group: str, count: int) -> None:
        if not self.is_stale:
            self.size = replace(self.size, desired=count)
        self.count = count
        if self.loses_answers:
            raise InputError("no answer", hint="")

    def end(self, instance: str, *, shrinks: bool) -> None:
        if instance == "i-refused":
            raise InputError("no", hint="")
        self.ended.append((instance, shrinks))
        left = tuple(m for m in self.size.members if m.instance_id != instance)
        self.size = replace(self.size, desired=self.size.desired - shrinks, members=left)

    def comes(self, instance: str, zone: str) -> None:
        member = GroupMember(instance, TYPE, zone)
        self.size = replace(self.size, members=(*self.size.members, member))

    def described(self, ids: Iterable[str]) -> tuple[OwnInstance, ...]:
        running = {member.instance_id for member in self.size.members}
        return tuple(
            OwnInstance(
                key, key, "", TYPE, ZONES[0], "on-demand",
                self.state or ("running" if key in running else "terminated"), 900,
            )
            for key in ids
        )  # fmt: skip


class Place:
    def __init__(self, api: Api | None = None) -> None:
        self.api, self.may_act = api or Api(), True
        self.fleet = GroupFleet(
            self.api, self.api, ["web"], {}, lambda: self.api.at, lambda: self.may_act
        )

    def seen(self) -> dict[str, str]:
        """Return the claim of each instance."""
        return {item.instance_id: item.claim for item in self.fleet.own()}


def claim(name: str, zone: str = ZONES[0]) -> NodeClaim:
    return nodeclaim(name, TYPE, zone=zone, nodepool="web")


def test_what_is_asked_for_stands_until_an_instance_of_its_zone_comes() -> None:
    place = Place()
    assert place.seen() == {"i-0": "i-0"}
    launched = place.fleet.launch("web", [claim("a"), claim("b", ZONES[1])])
    assert [item.instance_id for item in launched] == [COMING + "a", COMING + "b"]
    assert place.api.size.desired == 3
    assert place.seen() == {"i-0": "i-0", COMING + "a": "a", COMING + "b": "b"}
    place.api.comes("i-1", ZONES[1])
    assert place.seen() == {"i-0": "i-0", "i-1": "b", COMING + "a": "a"}
    place.api.comes("i-2", ZONES[1])  # Auto Scaling chose another zone
    assert place.seen() == {"i-0": "i-0", "i-1": "b", "i-2": "a"}
    assert {item.nodepool for item in place.fleet.own()} == {"web"}
    assert all(item.is_grouped and not item.is_to_come for item in place.fleet.own())


def test_a_group_is_not_made_larger_than_its_largest_size() -> None:
    place = Place()
    launched = place.fleet.launch("web", [claim(f"c{n}") for n in range(9)])
    assert [item.claim.name for item in launched] == ["c0", "c1", "c2", "c3"]
    assert place.api.size.desired == GROUP.most
    assert place.fleet.launch("web", [claim("d")]) == ()


def test_what_was_asked_for_counts_though_the_group_does_not_tell_of_it_yet() -> None:
    place = Place()
    place.api.is_stale = True
    place.fleet.launch("web", [claim("a")])
    place.fleet.launch("web", [claim("b")])
    assert place.api.count == 3
    place.api.at += 60  # by now the group would tell: somebody wants fewer
    place.seen()
    place.fleet.launch("web", [claim("c")])
    assert place.api.count == 2


def test_who_begins_anew_finds_what_is_to_come_without_its_claims() -> None:
    place = Place(Api(desired=3))
    assert place.seen() == {"i-0": "i-0", COMING + "web/1": "web/1", COMING + "web/2": "web/2"}
    place.api.comes("i-1", ZONES[0])
    assert place.seen() == {"i-0": "i-0", "i-1": "i-1", COMING + "web/1": "web/1"}
    place.fleet.launch("web", [claim("a")])
    place.fleet.anew()
    assert place.seen().keys() == {"i-0", "i-1", COMING + "web/1", COMING + "web/2"}


@pytest.mark.parametrize(("least", "shrinks"), [(0, True), (1, False)])
def test_what_ends_is_wanted_no_more_unless_the_group_is_at_its_smallest(
    least: int, shrinks: bool
) -> None:
    place = Place(Api(replace(GROUP, least=least)))
    place.seen()
    place.fleet.end(["i-0"])
    assert place.api.ended == [("i-0", shrinks)]
    found = {item.instance_id: item.is_ending for item in place.fleet.own()}
    assert found.pop("i-0")  # its Node may be there still
    assert len(found) == (0 if shrinks else 1)
    place.api.at += 700
    assert "i-0" not in place.seen()


def test_what_ends_already_and_what_was_ended_before_are_not_counted_down_again() -> None:
    place = Place(Api(replace(GROUP, least=0), desired=3))
    for name in ("i-1", "i-refused"):
        place.api.comes(name, ZONES[0])
    ending = replace(place.api.size.members[0], is_ending=True)
    place.api.size = replace(place.api.size, members=(ending, *place.api.size.members[1:]))
    place.seen()
    place.fleet.end(["i-0"])
    assert place.api.ended == []
    with pytest.raises(InputError, match="no"):
        place.fleet.end(["i-1", "i-refused"])
    with pytest.raises(InputError, match="no"):
        place.fleet.end(["i-1", "i-refused"])
    assert place.api.ended == [("i-1", True)]


def test_a_request_without_an_answer_is_not_sent_twice() -> None:
    place = Place()
    place.api.loses_answers = True
    assert len(place.fleet.launch("web", [claim("a")])) == 1
    assert place.api.size.desired == 2
    assert COMING + "a" in place.seen()


def test_what_nobody_asked_for_here_counts_since_it_was_missed() -> None:
    place = Place(Api(desired=2))
    for _ in range(3):
        (coming,) = (item for item in place.fleet.own() if item.is_to_come)
        assert coming.launched_at == 1_000
        place.api.at += 300
    assert not place.fleet.expects
    place.fleet.anew()
    (coming,) = (item for item in place.fleet.own() if item.is_to_come)
    assert coming.launched_at == 1_900


def test_what_cannot_be_asked_stays_as_it_was_told() -> None:
    place = Place()
    before = place.fleet.own()
    place.api.is_away = True
    place.api.at += 100
    assert place.fleet.own() == before
    assert place.fleet.trouble == "Auto Scaling is away"
    assert place.fleet.groups[0].trouble == "EKS is away"
    place.api.is_away = False
    place.api.at += 100
    place.fleet.own()
    assert (place.fleet.trouble, place.fleet.groups[0].trouble) == ("", "")
    place.api.is_away = True
    with pytest.raises(InputError, match="EKS is away"):
        Place(place.api)


def test_nothing_is_an_answer_too() -> None:
    place = Place(Api(replace(GROUP, least=0), desired=0))
    place.api.size = GroupSize(0)
    assert place.fleet.own() == ()
    place.api.is_away = True
    assert place.fleet.own() == ()


def test_what_cannot_be_given_up_is_tried_again() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a")])
    place.api.reasons = ("There is no m5.large",)
    assert place.fleet.look()
    place.api.loses_answers = True
    assert (place.fleet.failed(), place.fleet.trouble) == ((), "no answer")
    place.api.loses_answers = False
    assert [failure.group for failure in place.fleet.failed()] == ["web"]
    assert place.fleet.trouble == ""


def test_what_cannot_be_given_up_is_a_trouble_until_it_can() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a")])
    place.api.reasons = ("There is no m5.large",)
    assert place.fleet.look()
    place.api.loses_answers = True
    place.fleet.failed()
    place.seen()  # which is answered
    assert place.fleet.trouble == "no answer"
    place.api.is_away = True
    assert (place.fleet.failed(), place.fleet.trouble) == ((), "Auto Scaling is away")
    place.seen()
    assert place.fleet.trouble == "Auto Scaling is away"  # told once
    place.api.is_away = place.api.loses_answers = False
    place.seen()
    place.fleet.failed()
    assert place.fleet.trouble == ""


def test_that_failures_cannot_be_asked_for_is_a_trouble_until_they_can() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a")])
    place.api.is_silent = True
    assert not place.fleet.look()
    place.seen()
    assert place.fleet.trouble == "no rights"
    place.api.is_silent = False
    place.fleet.look()
    assert place.fleet.trouble == ""


def test_pools_are_made_anew_only_where_a_group_has_changed() -> None:
    place = Place()
    before = place.fleet.pools
    place.api.of = replace(GROUP, most=9)
    place.seen()
    assert place.fleet.pools is before  # groups are asked for once a minute
    place.api.at += 60
    place.seen()
    after = place.fleet.pools
    assert after[0].limits == (("nodes", 9),)
    place.api.at += 60
    place.seen()
    assert place.fleet.pools is after


def test_a_group_without_types_keeps_those_that_it_had() -> None:
    place = Place()
    place.api.of = replace(GROUP, instance_types=())
    place.api.at += 100
    place.fleet.own()
    assert place.fleet.groups[0].instance_types == (TYPE,)
    with pytest.raises(InputError, match="in its launch template alone"):
        Place(place.api)


def test_what_was_taken_out_of_a_group_is_nobodys_and_may_come_back() -> None:
    place = Place()
    place.seen()
    members = place.api.size.members
    place.api.size = GroupSize(0)
    place.api.state = "running"
    assert place.seen() == {}
    place.api.size = GroupSize(1, members)
    assert place.seen() == {"i-0": "i-0"}


def test_only_its_group_says_that_an_instance_stops() -> None:
    place = Place()
    place.api.state = "stopped"
    (warm,) = place.fleet.own()
    assert (warm.state, warm.is_ending) == ("pending", False)
    kept = replace(place.api.size.members[0], is_kept=True, is_ending=True)
    place.api.size, place.api.state = GroupSize(1, (kept,)), "running"
    ending = place.fleet.own()[0]
    assert (ending.is_kept, ending.is_ending) == (True, True)


def test_what_has_not_come_can_be_asked_for_no_more() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a"), claim("b")])
    assert place.fleet.owns(COMING + "a")
    place.fleet.end([COMING + "a"])
    assert place.api.size.desired == 2
    assert place.seen() == {"i-0": "i-0", COMING + "b": "b"}


def test_what_has_come_is_not_ended_by_what_stood_for_it() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a"), claim("b")])
    place.api.comes("i-1", ZONES[0])
    place.seen()
    place.fleet.end([COMING + "a"])
    assert (place.api.size.desired, place.api.ended) == (3, [])
    assert place.fleet.owns(COMING + "a")  # it is nothing that EC2 knows


def test_all_that_an_earlier_controller_asked_for_can_be_asked_for_no_more() -> None:
    place = Place(Api(desired=3))
    place.fleet.end([key for key, name in place.seen().items() if key != name])
    assert place.api.size.desired == 1


def test_what_auto_scaling_cannot_launch_is_given_up() -> None:
    place = Place()
    place.fleet.launch("web", [claim("a"), claim("b")])
    place.api.at += 10
    assert not place.fleet.look()
    assert (place.fleet.failed(), place.api.asked_at) == ((), 1_000)
    place.api.comes("i-1", ZONES[0])
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    assert place.fleet.failed() == ()
    assert place.fleet.look()
    assert place.api.asked_at == 1_010  # a failure before the last arrival is over
    place.may_act = False
    assert place.fleet.failed() == ()
    place.may_act = True
    (failure,) = place.fleet.failed()
    assert ([n.name for n in failure.nodes], failure.reason) == (["b"], "There is no m5.large")
    assert place.api.size.desired == 2
    assert place.seen() == {"i-0": "i-0", "i-1": "a"}


def test_nothing_is_asked_for_while_it_may_not_be_or_eks_says_no() -> None:
    place = Place()
    place.may_act = False
    with pytest.raises(HeldBackError):
        place.fleet.launch("web", [claim("a")])
    with pytest.raises(HeldBackError):
        place.fleet.end(["i-0"])
    place = Place(Api(replace(GROUP, trouble="EKS says that it is DELETING")))
    with pytest.raises(InputError, match="DELETING"):
        place.fleet.launch("web", [claim("a")])
    assert place.fleet.pools[0].limits == (("nodes", GROUP.least),)


def test_each_instance_is_ended_by_who_launched_it() -> None:
    class Others:
        ended: tuple[str, ...] = ()

        def own(self) -> tuple[OwnInstance, ...]:
            return (OwnInstance("i-9", "c", "p", TYPE, ZONES[0], "spot", "running", 1),)

        def existing(self, ids: Iterable[str]) -> frozenset[str]:
            return frozenset(ids)

        def end(self, ids: Iterable[str]) -> None:
            self.ended = tuple(ids)

    place, others = Place(Api(replace(GROUP, least=0))), Others()
    joined = JoinedFleets(others, place.fleet)
    assert [item.instance_id for item in joined.own()] == ["i-9", "i-0"]
    joined.end(["i-0", "i-9"])
    assert (others.ended, place.api.ended) == (("i-9",), [("i-0", True)])


def test_what_an_earlier_controller_asked_for_and_cannot_come_is_given_up() -> None:
    place = Place(Api(replace(GROUP, least=2), desired=4))
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    place.api.at += 89
    assert not place.fleet.look()
    place.api.at += 1
    assert place.fleet.look()
    (failure,) = place.fleet.failed()
    assert [node.name for node in failure.nodes] == ["web/2", "web/3"]
    assert failure.nodes[0].offering == (TYPE, ZONES[0], "on-demand")
    assert place.api.size.desired == 2
    assert place.seen() == {"i-0": "i-0", COMING + "web/1": "web/1"}  # the least of the group
    assert not place.fleet.look()
    assert place.fleet.failed() == ()


def test_what_eks_asks_for_while_it_updates_a_group_is_left_to_it() -> None:
    place = Place(Api(replace(GROUP, is_updating=True), desired=4))
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    place.api.at += 300
    assert not place.fleet.look()


def test_a_failure_of_what_others_asked_for_is_none_of_what_is_asked_for_after_it() -> None:
    place = Place(Api(desired=2))
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    place.api.at += 90
    assert place.fleet.look()
    place.fleet.launch("web", [claim("a")])
    assert place.fleet.failed() == ()
    place.api.reasons = ()
    assert not place.fleet.look()


def test_a_failure_is_over_once_all_have_come() -> None:
    place = Place(Api(desired=2))
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    place.api.at += 90
    assert place.fleet.look()
    place.api.comes("i-1", ZONES[0])
    assert place.fleet.failed() == ()
    assert place.api.size.desired == 2


def test_what_is_asked_for_during_a_look_has_not_failed() -> None:
    place = Place(Api(desired=2))
    place.seen()
    place.api.at += 90

    def meanwhile(scaling_group: str) -> str:
        place.fleet.launch("web", [claim("a")])
        return "There is no m5.large"

    place.api.last_failure = meanwhile  # type: ignore[method-assign] # an answer that takes its time
    assert not place.fleet.look()
    assert place.fleet.failed() == ()


def test_a_failure_is_nothing_once_eks_updates_the_group() -> None:
    place = Place(Api(desired=2))
    place.api.reasons = ("There is no m5.large",)
    place.seen()
    place.api.at += 90
    assert place.fleet.look()
    place.api.of = replace(GROUP, is_updating=True)
    place.seen()
    assert place.fleet.failed() == ()
    assert not place.fleet.look()
