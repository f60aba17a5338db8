"""Launches: what is refused pauses, is told once, and does not hold back what others launch."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kubestow.adapters.aws.fence import HeldBackError
from kubestow.adapters.aws.fleets import FleetAnswer, FleetRequest
from kubestow.live.claims import Launched
from kubestow.live.group_fleet import Failure
from kubestow.live.launch_pauses import LaunchPauses
from kubestow.live.launching import Launches, LaunchResult, LaunchSetup, WantedNode
from kubestow.live.scaled_group import MissingNode
from kubestow.model.decision import NOT_LAUNCHED
from kubestow.model.input_error import InputError
from kubestow.model.nodeclaim import Event, NodeClaim
from kubestow.testing import ZONES, nodeclaim


@dataclass
class Cloud:
    """EC2 and the templates of an account; what ``wrong`` says is why launches are refused."""

    wrong: str = ""
    unprepared: str = ""
    error: str = ""
    lacks: bool = False
    template: str = "one"
    held_back: bool = False
    at: int = 0
    asked: list[str] = field(default_factory=list)

    def prepared(self, wanted: WantedNode, zone: str, count: int) -> LaunchSetup:
        if self.held_back:
            raise HeldBackError("not now", hint="")
        if self.unprepared:
            self.asked.append(f"{zone} is prepared at {self.at}")
            raise InputError(self.unprepared, hint="")
        return LaunchSetup(self.template)

    def name(self, wanted: WantedNode) -> str:
        return self.template

    def forget(self, template: str) -> None:
        self.asked.append(f"forget {template}")

    def renew(self) -> None:
        pass

    def launch(self, request: FleetRequest) -> FleetAnswer:
        self.asked.append(f"{request.zone} at {self.at}")
        if self.wrong and request.zone == ZONES[0]:
            raise InputError(self.wrong, hint="")
        if self.error or self.lacks:
            return FleetAnswer({}, self.lacks, self.error)
        return FleetAnswer({name: f"i-{name}" for name in request.claims})

    def launches(self) -> Launches:
        return Launches(self, self, lambda: self.at, LaunchPauses())

    def turns(self, made: Launches, seconds: range) -> list[LaunchResult]:
        """Ask for a claim in each second."""
        found = []
        for self.at in seconds:
            found.append(made.launch([nodeclaim("a")]))
        return found


def notes(results: list[LaunchResult]) -> list[str]:
    return [note for result in results for note in result.notes]


def test_a_refused_launch_is_asked_for_after_growing_pauses_and_told_once() -> None:
    cloud = Cloud(wrong="no rights")
    results = cloud.turns(cloud.launches(), range(0, 40))
    assert cloud.asked == [f"{ZONES[0]} at {second}" for second in (0, 5, 15, 35)]
    assert notes(results) == ["NodePool pool: no rights (tried again after pauses that grow)"]
    assert {outcome.event for result in results for outcome in result.outcomes} == {NOT_LAUNCHED}


def test_an_error_in_the_answer_and_a_class_that_cannot_be_prepared_pause_alike() -> None:
    for cloud in (Cloud(error="InvalidAMIID: no such image"), Cloud(unprepared="no subnet")):
        cloud.turns(cloud.launches(), range(0, 6))
        assert len(cloud.asked) == 2


def test_another_template_is_asked_for_at_once() -> None:
    cloud = Cloud(wrong="wrong image")
    made = cloud.launches()
    cloud.turns(made, range(0, 2))
    cloud.wrong, cloud.template = "", "two"
    (result,) = cloud.turns(made, range(2, 3))
    assert [item.instance_id for item in result.launched] == ["i-a"]
    assert cloud.asked == [f"{ZONES[0]} at 0", f"{ZONES[0]} at 2"]


def test_what_is_launched_otherwise_is_not_held_back() -> None:
    cloud = Cloud(wrong="no rights")
    made = cloud.launches()
    cloud.turns(made, range(0, 1))
    result = made.launch([nodeclaim("a"), nodeclaim("b", zone=ZONES[1])])
    assert [item.claim.name for item in result.launched] == ["b"]


class CloudOfTeams(Cloud):
    """A cloud with a template for each team."""

    def prepared(self, wanted: WantedNode, zone: str, count: int) -> LaunchSetup:
        return LaunchSetup(self.name(wanted))

    def name(self, wanted: WantedNode) -> str:
        return dict(wanted.labels).get("team", "nobody")


def test_nodes_of_two_makes_do_not_end_each_others_pause() -> None:
    cloud = CloudOfTeams(wrong="no rights")
    made, plain = cloud.launches(), nodeclaim("a")
    node = replace(plain.node, labels=(*plain.node.labels, ("team", "shop")))
    for cloud.at in range(5):
        made.launch([plain, replace(plain, name="b", node=node)])
    assert cloud.asked == 2 * [f"{ZONES[0]} at 0"]


def test_lack_of_capacity_is_no_refusal() -> None:
    cloud = Cloud(lacks=True)
    results = cloud.turns(cloud.launches(), range(0, 3))
    assert len(cloud.asked) == 3
    assert {item.event for r in results for item in r.outcomes} == {Event.INSUFFICIENT_CAPACITY}


def test_a_template_that_is_gone_is_made_anew() -> None:
    cloud = Cloud(wrong="InvalidLaunchTemplateName.NotFoundException: one")
    cloud.turns(cloud.launches(), range(0, 2))
    assert cloud.asked == [f"{ZONES[0]} at 0", "forget one"]


def test_what_was_not_sent_does_not_pause() -> None:
    cloud = Cloud(held_back=True)
    made = cloud.launches()
    cloud.turns(made, range(0, 1))
    cloud.held_back = False
    (result,) = cloud.turns(made, range(1, 2))
    assert len(result.launched) == 1


class Groups:
    """Auto Scaling with a group, "web", that has room for some nodes."""

    names = frozenset({"web"})

    def __init__(self, room: int = 9, refusal: str = "") -> None:
        self.room, self.refusal, self.asked = room, refusal, 0
        self.failures: tuple[Failure, ...] = ()

    def launch(self, name: str, claims: Sequence[NodeClaim]) -> tuple[Launched, ...]:
        self.asked += 1
        if self.refusal:
            raise InputError(self.refusal, hint="")
        return tuple(Launched(claim, f"coming/{claim.name}", 0) for claim in claims[: self.room])

    def failed(self) -> tuple[Failure, ...]:
        return self.failures


def test_nodes_of_a_group_are_asked_of_auto_scaling_and_no_more_than_it_has_room_for() -> None:
    cloud, groups = Cloud(), Groups(room=1)
    made = replace(cloud.launches(), groups=groups)
    wanted = [nodeclaim(name, nodepool="web") for name in ("a", "b")]
    result = made.launch([*wanted, nodeclaim("c")])
    assert [item.instance_id for item in result.launched] == ["coming/a", "i-c"]
    assert [(item.subject, item.event) for item in result.outcomes] == [("b", NOT_LAUNCHED)]
    assert result.notes == ("node group web has reached its largest size",)


def test_a_group_that_refuses_pauses_as_others_do() -> None:
    cloud, groups = Cloud(), Groups(refusal="no rights")
    made = replace(cloud.launches(), groups=groups)
    found = []
    for cloud.at in range(6):
        found.append(made.launch([nodeclaim("a", nodepool="web")]))
    assert groups.asked == 2
    assert notes(found) == ["NodePool web: no rights (tried again after pauses that grow)"]


def test_what_a_group_could_not_launch_lacks_capacity() -> None:
    cloud, groups = Cloud(), Groups()
    made = replace(cloud.launches(), groups=groups)
    claim = nodeclaim("a", nodepool="web")
    groups.failures = (Failure("web", (MissingNode("a", claim.offering),), "there is none"),)
    result = made.settle()
    (outcome,) = result.outcomes
    assert (outcome.event, outcome.offering) == (Event.INSUFFICIENT_CAPACITY, claim.offering)
    assert result.notes == ("node group web: 1 node not launched: there is none",)
    assert [deed.node for deed in result.refusals] == ["a"]
