"""Heeds what EC2 tells of instances that it is about to take away, beside the loop.

A notice is written on the Node before its message is deleted, so that a controller that is killed
in between, or its successor, knows of it. The loop is told at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.aws.interruption_queue import InstanceNotice, NoticeKind, QueueMessage
from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.disruption.interruption import NOTICE_SECONDS
from kubestow.live import stewardship
from kubestow.live.witness import NODE, NOTICE, Deed, Hearing, unheard
from kubestow.live.worker import Worker


class NoticeSource(Protocol):
    """Where notices come from."""

    def received(self) -> list[QueueMessage]:
        """Wait for messages for a while."""

    def delete(self, messages: Iterable[QueueMessage]) -> None:
        """Delete messages."""


class NoticeHand(Protocol):
    """Who writes notices on Nodes."""

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""


@dataclass(slots=True)
class Interruptions:
    """Runs in a thread of its own. ``nodes`` are the names of Nodes by the ids of instances.

    ``hurry`` tells the loop, ``ask_soon`` who asks EC2 for instances.
    """

    source: NoticeSource
    hand: NoticeHand
    nodes: Callable[[], Mapping[str, str]]
    now: Callable[[], int]
    hurry: Callable[[], None]
    ask_soon: Callable[[], None]
    tell: Callable[[str], None] = lambda text: None
    failed: Callable[[Exception], None] = lambda fault: None
    hear: Hearing = unheard
    _worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self._worker = Worker("interruptions", self.step, tell=self.tell, failed=self.failed)

    def start(self) -> None:
        """Begin to listen."""
        self._worker.start()

    def stop(self) -> None:
        """Listen no more, once the wait under way is over, which is not waited for."""
        self._worker.stop(0.0)

    def step(self) -> None:
        """Wait for messages, heed them, and delete those that were heeded."""
        messages = self.source.received()
        if not messages or self._worker.stopped.is_set():
            return
        nodes = self.nodes()
        heeded = []
        for message in messages:
            done = [self._heed(notice, nodes) for notice in message.notices]
            heeded += [message] if all(done) else []
        self.source.delete(heeded)
        self.hurry()

    def _heed(self, notice: InstanceNotice, nodes: Mapping[str, str]) -> bool:
        """Write a notice on its Node; return whether nothing is left to do of it."""
        name = nodes.get(notice.instance_id)
        if notice.kind is NoticeKind.ENDING or name is None:
            self.ask_soon()
            return True  # an instance of others, or one that EC2 tells of as well
        return write_notice(self.hand, notice, name, self.now(), self.hear).is_over


def write_notice(
    hand: NoticeHand, notice: InstanceNotice, node: str, at: int, hear: Hearing = unheard
) -> Answer:
    """Write on a Node what is about to happen to its instance; return what became of it."""
    if notice.kind is NoticeKind.INTERRUPTED:
        answer = hand.change_node(node, lambda body: stewardship.noticed(body, at + NOTICE_SECONDS))
    elif notice.kind is NoticeKind.SCHEDULED:
        answer = hand.change_node(node, lambda body: stewardship.scheduled(body, at))
    else:
        answer = hand.change_node(node, lambda body: stewardship.at_risk(body, at))
    if answer is not Answer.GONE:
        detail = f"{notice.instance_id}: {notice.reason}"
        hear(Deed(NOTICE, NODE, node, notice.kind.value, detail, result=answer.value))
    return answer
