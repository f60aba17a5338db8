"""A notice is on its Node before its message is deleted."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from kubestow.adapters.aws.interruption_queue import InstanceNotice, NoticeKind, QueueMessage
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import interruptions, marks
from kubestow.live.interruptions import Interruptions
from kubestow.live.witness import Deed

AT = 5_000


class Stand:
    """A queue, a hand and a loop, which note what happens in order."""

    def __init__(self, *messages: QueueMessage, answer: Answer = Answer.DONE) -> None:
        self.messages, self.answer = list(messages), answer
        self.noted: list[Any] = []
        self.deeds: list[Deed] = []
        self.asked, self.may_act, self.may_act_after = 0, True, True

    def received(self) -> list[QueueMessage]:
        self.asked, self.may_act = self.asked + 1, self.may_act_after
        return self.messages

    def delete(self, messages: Iterable[QueueMessage]) -> None:
        self.noted.append([item.receipt for item in messages])

    def change_node(self, name: str, change: Callable[[Any], Any]) -> Answer:
        self.noted.append((name, change({"metadata": {}})["metadata"]["annotations"]))
        return self.answer

    def step(self) -> list[Any]:
        Interruptions(
            self, self, lambda: {"i-1": "node-1"}, lambda: AT,
            lambda: self.noted.append("hurry"), lambda: self.noted.append("ask"),
            hear=self.deeds.append, nodeless=lambda: {"i-2"}, may_act=lambda: self.may_act,
        ).step()  # fmt: skip
        return self.noted


def message(kind: NoticeKind, instance: str = "i-1", receipt: str = "r") -> QueueMessage:
    return QueueMessage((InstanceNotice(kind, instance, "why"),), receipt)


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        (NoticeKind.INTERRUPTED, {marks.NOTICE_AT: str(AT + 120)}),
        (NoticeKind.AT_RISK, {marks.REBALANCE_AT: str(AT)}),
        (NoticeKind.SCHEDULED, {marks.SCHEDULED_AT: str(AT)}),
    ],
)
def test_a_notice_is_written_then_deleted_then_decided_about(
    kind: NoticeKind, annotation: dict[str, str]
) -> None:
    stand = Stand(message(kind))
    assert stand.step() == [("node-1", annotation), ["r"], "hurry"]
    assert stand.deeds == [Deed("notice", "Node", "node-1", kind.value, "i-1: why")]


def test_a_notice_that_could_not_be_written_comes_again() -> None:
    stand = Stand(message(NoticeKind.INTERRUPTED), answer=Answer.FAILED)
    assert stand.step()[1:] == [[], "hurry"]


def test_what_ends_and_what_others_own_is_asked_of_ec2_and_deleted() -> None:
    stand = Stand(
        message(NoticeKind.ENDING, receipt="a"),
        message(NoticeKind.INTERRUPTED, "i-theirs", "b"),
        QueueMessage((), "c"),
    )
    assert stand.step() == ["ask", "ask", ["a", "b", "c"], "hurry"]


def test_without_messages_nothing_is_done() -> None:
    assert Stand().step() == []


@pytest.mark.parametrize("kind", [NoticeKind.INTERRUPTED, NoticeKind.SCHEDULED])
def test_the_notice_of_an_instance_whose_node_is_to_come_stays_in_the_queue(
    kind: NoticeKind,
) -> None:
    stand = Stand(message(kind, "i-2"), message(NoticeKind.ENDING, "i-2", "ends"))
    assert stand.step() == ["ask", "ask", ["ends"], "hurry"]


def test_nothing_is_received_while_nothing_may_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruptions, "_AGAIN_SECONDS", 0.0)
    stand = Stand(message(NoticeKind.INTERRUPTED))
    stand.may_act = False
    assert (stand.step(), stand.asked, stand.deeds) == ([], 0, [])


def test_what_was_received_when_the_lease_was_lost_is_left_to_its_holder() -> None:
    stand = Stand(message(NoticeKind.ENDING), message(NoticeKind.INTERRUPTED))
    stand.may_act_after = False
    assert (stand.step(), stand.asked, stand.deeds) == ([], 1, [])
