"""What people read of a controller beside its objects: deeds and waiting pods as events.

Pure. Texts are the same where what happened is the same, so that events can be counted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kubestow.live.witness import (
    CORDON,
    DELETE,
    DRAIN,
    END,
    EVICT,
    HOLD,
    LAND,
    LAUNCH,
    NODE,
    NODE_POOL,
    NOTICE,
    OPEN,
    POD,
    UNCORDON,
    Deed,
)
from kubestow.model.decision import HELD_BACK, Waiting
from kubestow.model.nodeclaim import Event
from kubestow.policies.provisioner import PLANNED

NORMAL, WARNING = "Normal", "Warning"
_OURS = "launched by kubestow"
REFUSED = "refused"
"""The result of an eviction that a PodDisruptionBudget does not allow."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event about an object, by its kind and namespace/name."""

    kind: str
    name: str
    type: str
    reason: str
    message: str


def _landed(deed: Deed) -> Happening:
    text = f"bound to {deed.node}, which was launched for it"
    return Happening(POD, deed.name, NORMAL, "Landed", text)


def _evicted(deed: Deed) -> Happening:
    return Happening(POD, deed.name, NORMAL, "Evicted", f"{deed.node} leaves: {deed.reason}")


def _held(deed: Deed) -> Happening:
    why = f" ({deed.reason})" if deed.reason else ""
    who = f"launched by {deed.detail}, which kubestow asked for it" if deed.detail else _OURS
    text = f"{who}{why}; it is held until its pods are bound to it"
    return Happening(NODE, deed.name, NORMAL, "Launched", text)


def _opened(deed: Deed) -> Happening:
    return Happening(NODE, deed.name, NORMAL, "Opened", "any pod may be scheduled on it")


def _cordoned(deed: Deed) -> Happening:
    text = f"leaves once its replacements are ready: {deed.reason}"
    return Happening(NODE, deed.name, NORMAL, "Replacing", text)


def _uncordoned(deed: Deed) -> Happening:
    return Happening(NODE, deed.name, NORMAL, "Kept", "does not leave after all")


def _leaving(deed: Deed) -> Happening:
    text = f"its pods are evicted and its instance ended: {deed.reason}"
    return Happening(NODE, deed.name, NORMAL, "Leaving", text)


def _noticed(deed: Deed) -> Happening:
    return Happening(NODE, deed.name, WARNING, "Noticed", f"{deed.reason}: {deed.detail}")


def _ended(deed: Deed) -> Happening:
    text = f"{deed.name} was ended: {deed.reason}"
    return Happening(NODE, deed.node, NORMAL, "InstanceEnded", text)


_DONE: Mapping[str, Callable[[Deed], Happening]] = {
    LAND: _landed, EVICT: _evicted, DELETE: _evicted, HOLD: _held, OPEN: _opened,
    CORDON: _cordoned, UNCORDON: _uncordoned, DRAIN: _leaving, NOTICE: _noticed, END: _ended,
}  # fmt: skip


def happening(deed: Deed) -> Happening | None:
    """Return the event of a deed; None if people need none."""
    if deed.is_done:
        made = _DONE.get(deed.what)
        return None if made is None else made(deed)
    if deed.what == LAUNCH and deed.kind == NODE_POOL:
        reason = {
            HELD_BACK: "HeldBack", Event.INSUFFICIENT_CAPACITY.value: "InsufficientCapacity",
        }.get(deed.result, "LaunchRefused")  # fmt: skip
        return Happening(NODE_POOL, deed.name, WARNING, reason, deed.detail or deed.result)
    if deed.what == EVICT and deed.result == REFUSED:
        text = f"a PodDisruptionBudget does not let it go now; {deed.node} leaves: {deed.reason}"
        return Happening(POD, deed.name, WARNING, "NotEvicted", text)
    return None


def of_waiting(waiting: Iterable[Waiting]) -> list[Happening]:
    """Return the events of pods that wait: why each does."""
    return [
        Happening(
            POD, item.pod, NORMAL, "Planned",
            "a node is planned for it: it waits until that is there",
        )
        if item.reason == PLANNED
        else Happening(
            POD, item.pod, WARNING, "NoNodePlanned",
            f"no node is planned for it: {item.reason}"
            + (f" ({item.subject})" if item.subject else ""),
        )
        for item in waiting
    ]  # fmt: skip
