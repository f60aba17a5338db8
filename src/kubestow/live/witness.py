"""Who hears what a controller does: its deeds, one by one, and its turns.

A deed is a change that was asked for: of what, why, and what became of it. Logs, metrics and events
are made of deeds alone, so that none of them is told of what another is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kubestow.model.decision import Decision
from kubestow.model.snapshot import Snapshot

DONE = "done"
POD, NODE, INSTANCE, NODE_POOL = "Pod", "Node", "Instance", "NodePool"
"""Kinds of objects that something is done to."""
LAUNCH, END, HOLD, LAND, OPEN, CORDON, UNCORDON, DRAIN, EVICT, DELETE, ORDER, RELEASE, NOTICE = (
    "launch", "end", "hold", "land", "open", "cordon", "uncordon", "drain", "evict", "delete",
    "order", "release", "notice",
)  # fmt: skip
AVOID = "avoid"
"""What is done: nodes are launched and ended, held, landed on and opened, cordoned and drained;
pods are evicted or deleted, and put into an order; kube-scheduler is to avoid a Node; one without
an instance is released, and a notice of EC2 is written on one."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, or was not.

    ``reason`` is one of few words, ``detail`` whatever else is to be read. ``result`` is DONE, or
    what came instead. ``node`` is where it was, by the Node's name or the claim's. What is told
    otherwise, and comes again each turn, ``is_quiet``.
    """

    what: str
    kind: str
    name: str
    reason: str = ""
    detail: str = ""
    node: str = ""
    result: str = DONE
    is_quiet: bool = False

    @property
    def is_done(self) -> bool:
        """True for what was done."""
        return self.result == DONE


Hearing = Callable[[Deed], None]


def unheard(deed: Deed) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class SeenTurn:
    """A turn of the loop: what was seen and decided, and what each step took in seconds."""

    seen: Snapshot
    decision: Decision
    observed_seconds: float
    decided_seconds: float
    done_seconds: float


class Witness(Protocol):
    """Who hears of a controller. Several threads tell."""

    def did(self, deed: Deed) -> None:
        """Hear of a deed."""

    def turned(self, turn: SeenTurn) -> None:
        """Hear of a turn that is over."""


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Several witnesses as one."""

    each: tuple[Witness, ...] = ()

    def did(self, deed: Deed) -> None:
        """Tell all of a deed."""
        for witness in self.each:
            witness.did(deed)

    def turned(self, turn: SeenTurn) -> None:
        """Tell all of a turn."""
        for witness in self.each:
            witness.turned(turn)
