"""Heeds what EC2 tells of instances that it is about to take away, beside the loop.

A notice is written on the Node before its message is deleted, so that a controller that is killed
in between, or its successor, knows of it. The loop is told at once. That of an instance whose Node
is still to come stays in the queue, which tells of it again. Nothing is received while nothing may
be done, so that it is left to who may.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.aws.interruption_queue import InstanceNotice, NoticeKind, QueueMessage
from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.disruption.interruption import NOTICE_SECONDS
from kubestow.live import stewardship
from kubestow.live.witness import NODE, NOTICE, Deed, Hearing, unheard
from kubestow.live.worker import Worker

_AGAIN_SECONDS = 1.0  # while nothing may be done


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

    ``hurry`` tells the loop, ``ask_soon`` who asks EC2 for instances. ``nodeless`` are the ids of
    own instances whose Nodes are still to come. Nothing is received while nothing ``may_act``.
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
    nodeless: Callable[[], Collection[str]] = frozenset
    may_act: Callable[[], bool] = lambda: True
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
        if not self.may_act():
            self._worker.stopped.wait(_AGAIN_SECONDS)
            return
        messages = self.source.received()
        if not messages or self._worker.stopped.is_set() or not self.may_act():
            return  # they come again, to who may act
        nodeless, nodes = self.nodeless(), self.nodes()  # in this order: Nodes come meanwhile
        heeded = []
        for message in messages:
            done = [self._heed(notice, nodes, nodeless) for notice in message.notices]
            heeded += [message] if all(done) else []
        self.source.delete(heeded)
        self.hurry()

    def _heed(
        self, notice: InstanceNotice, nodes: Mapping[str, str], nodeless: Collection[str]
    ) -> bool:
        """Write a notice on its Node; return whether nothing is left to do of it."""
        name = nodes.get(notice.instance_id)
        if notice.kind is NoticeKind.ENDING:
            self.ask_soon()
            return True  # EC2 tells of it as well
        if name is None:
            self.ask_soon()
            return notice.instance_id not in nodeless  # one of others, or of ours that has ended
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
