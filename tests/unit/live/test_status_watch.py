"""Status checks count once two answers tell of them; events are written on Nodes."""

from collections.abc import Callable
from typing import Any

from kubestow.adapters.aws.instance_status import (
    IMPAIRED,
    INSTANCE,
    SYSTEM,
    FailedCheck,
    InstanceTrouble,
)
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.status_watch import FRESH_SECONDS, StatusWatch
from kubestow.live.witness import Deed
from kubestow.model.input_error import InputError
from kubestow.model.observed import NodeCondition

AT = 5_000
BAD = {"i-1": InstanceTrouble((FailedCheck(SYSTEM, 4_000),))}
CONDITION = NodeCondition(SYSTEM, IMPAIRED, "EC2's status check fails", since=4_000)
RETIRED = {"i-1": InstanceTrouble(events=("instance-retirement",))}


class Stand:
    """EC2, a hand and a loop: what is answered next, and what was done."""

    def __init__(self, *answers: dict[str, InstanceTrouble] | InputError) -> None:
        self.answers, self.at = list(answers), AT
        self.written: list[tuple[str, Any]] = []
        self.told: list[str] = []
        self.hurries: list[int] = []
        self.deeds: list[Deed] = []
        self.became = Answer.DONE
        self.watch = StatusWatch(
            self, self, lambda: {"i-1": "node-1"}, lambda: self.at,
            lambda: self.hurries.append(self.at), self.told.append, hear=self.deeds.append,
        )  # fmt: skip

    def troubled(self) -> dict[str, InstanceTrouble]:
        found = self.answers.pop(0)
        if isinstance(found, InputError):
            raise found
        return found

    def change_node(self, name: str, change: Callable[[Any], Any]) -> Answer:
        self.written.append((name, change({"metadata": {}})["metadata"]["annotations"]))
        return self.became

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.watch.step()


def test_a_check_counts_when_a_second_answer_tells_of_it() -> None:
    stand = Stand(BAD, BAD, {})
    stand.step()
    assert stand.watch.failing("i-1") == ()
    stand.step()
    assert stand.watch.failing("i-1") == (CONDITION,)
    assert stand.watch.failing("i-2") == ()
    stand.step()
    assert stand.watch.failing("i-1") == ()


def test_another_check_or_another_failure_is_not_the_same() -> None:
    later = {"i-1": InstanceTrouble((FailedCheck(SYSTEM, 4_900),))}
    other = {"i-1": InstanceTrouble((FailedCheck(INSTANCE, 4_900),))}
    stand = Stand(BAD, later, other)
    for _ in range(3):
        stand.step()
        assert stand.watch.failing("i-1") == ()


def test_an_old_answer_does_not_count() -> None:
    stand = Stand(BAD, BAD)
    stand.step(2)
    stand.at += FRESH_SECONDS
    assert stand.watch.failing("i-1") == (CONDITION,)
    stand.at += 1
    assert stand.watch.failing("i-1") == ()


def test_a_failure_is_told_once_and_what_was_known_does_not_count() -> None:
    away = InputError("EC2 is away", hint="")
    stand = Stand(BAD, BAD, away, away, BAD, away)
    stand.step(4)
    assert stand.told == ["EC2 is away"]
    assert stand.watch.failing("i-1") == ()
    stand.step()
    assert stand.watch.failing("i-1") == ()
    stand.step()
    assert stand.told == ["EC2 is away", "EC2 is away"]


def test_an_event_is_written_once_and_decided_about_at_once() -> None:
    stand = Stand(RETIRED, RETIRED, {}, RETIRED)
    stand.step(3)
    assert stand.written == [("node-1", {marks.SCHEDULED_AT: str(AT)})]
    assert stand.deeds == [
        Deed("notice", "Node", "node-1", "scheduled", "i-1: instance-retirement", result="done")
    ]
    assert stand.hurries == [AT]
    stand.step()
    assert len(stand.written) == 2, "another event"


def test_an_event_that_could_not_be_written_is_written_later() -> None:
    stand = Stand(RETIRED, RETIRED)
    stand.became = Answer.FAILED
    stand.step()
    assert stand.hurries == []
    stand.became = Answer.DONE
    stand.step()
    assert (len(stand.written), stand.hurries) == (2, [AT])


def test_instances_of_others_are_left_alone() -> None:
    stand = Stand({"i-theirs": InstanceTrouble(events=("instance-stop",))})
    stand.step()
    assert (stand.written, stand.hurries) == ([], [])


def test_nothing_is_written_or_told_while_nothing_may_be_done() -> None:
    stand = Stand(RETIRED, RETIRED)
    stand.watch.may_act = lambda: False
    stand.step()
    assert (stand.written, stand.deeds, stand.hurries) == ([], [], [])
    stand.watch.may_act = lambda: True
    stand.step()
    assert (len(stand.written), stand.hurries) == (1, [AT])
