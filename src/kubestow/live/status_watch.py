"""Asks EC2 each minute, beside the loop, which instances fail their status checks or are to end.

Law: nobody waits for it. A check that fails counts once two answers, one after the other, have told
of it, and no longer than an answer is fresh; an event is written on the Node, as a notice of the
interruption queue is. Where EC2 cannot be asked that is told once, and nothing counts as failed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.aws.instance_status import IMPAIRED, InstanceTrouble
from kubestow.adapters.aws.interruption_queue import InstanceNotice, NoticeKind
from kubestow.live.interruptions import NoticeHand, write_notice
from kubestow.live.told_once import ToldOnce
from kubestow.live.witness import Hearing, unheard
from kubestow.live.worker import Worker
from kubestow.model.input_error import InputError
from kubestow.model.observed import NodeCondition

EVERY_SECONDS = 60.0
FRESH_SECONDS = 180
"""How long an answer counts."""
_CHECKED = "EC2's status check fails"


class StatusSource(Protocol):
    """Who tells which instances are troubled."""

    def troubled(self) -> dict[str, InstanceTrouble]:
        """Return what is wrong by the ids of instances; raise InputError where it is not known."""


@dataclass(slots=True)
class StatusWatch:
    """Runs in a thread of its own. ``nodes`` are the names of own Nodes by the ids of instances.

    ``hurry`` tells the loop of what was written. Nothing is written while nothing ``may_act``.
    """

    source: StatusSource
    hand: NoticeHand
    nodes: Callable[[], Mapping[str, str]]
    now: Callable[[], int]
    hurry: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda text: None
    failed: Callable[[Exception], None] = lambda fault: None
    hear: Hearing = unheard
    every_seconds: float = EVERY_SECONDS
    may_act: Callable[[], bool] = lambda: True
    _told: Mapping[str, InstanceTrouble] = field(default_factory=dict)
    _confirmed: Mapping[str, tuple[NodeCondition, ...]] = field(default_factory=dict)
    _answered_at: int = 0
    _noted: frozenset[tuple[str, str]] = frozenset()
    """The events that are written on Nodes."""
    _once: ToldOnce = field(init=False)
    _worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self._once = ToldOnce(self.tell)
        self._worker = Worker(
            "status checks", self.step, self.every_seconds, tell=self.tell, failed=self.failed
        )

    def start(self) -> None:
        """Begin to ask."""
        self._worker.start()

    def stop(self) -> None:
        """Ask no more, once the answer under way is there, which is not waited for."""
        self._worker.stop(0.0)

    def failing(self, instance: str) -> tuple[NodeCondition, ...]:
        """Return the checks of an instance that have failed twice, as conditions of its Node."""
        if self.now() - self._answered_at > FRESH_SECONDS:
            return ()
        return self._confirmed.get(instance, ())

    def step(self) -> None:
        """Ask once."""
        try:
            told = self.source.troubled()
            nodes = self.nodes() if any(item.events for item in told.values()) else {}
        except InputError as problem:
            self._once.say("status", problem.message)
            self._told, self._confirmed = {}, {}
            return
        self._once.say("status", "")
        before, self._told = self._told, told
        self._answered_at = self.now()
        self._confirmed = {
            key: tuple(
                NodeCondition(item.check, IMPAIRED, _CHECKED, since=item.since)
                for item in trouble.failed
                if item in before.get(key, InstanceTrouble()).failed
            )
            for key, trouble in told.items()
        }
        self._note(told, nodes)

    def _note(self, told: Mapping[str, InstanceTrouble], nodes: Mapping[str, str]) -> None:
        """Write on the Nodes what is scheduled for their instances."""
        events = {(key, code) for key, trouble in told.items() for code in trouble.events}
        noted = self._noted & events
        for key, code in sorted(events - noted):
            if key in nodes and self.may_act():
                notice = InstanceNotice(NoticeKind.SCHEDULED, key, code)
                if write_notice(self.hand, notice, nodes[key], self.now(), self.hear).is_over:
                    noted |= {(key, code)}
        if noted - self._noted:
            self.hurry()
        self._noted = frozenset(noted)
