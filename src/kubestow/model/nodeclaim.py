"""NodeClaim: a requested node, from its launch to its end; its lifecycle is a table.

Instants are whole seconds on the snapshot's clock; money is integer nano-USD per hour. Source of
the phases: kubernetes-sigs/karpenter v1.14 pkg/apis/v1/nodeclaim_status.go (Launched, Registered,
Initialized) and its termination controller. Held is kubestow's own: a node that is ready and
cordoned until the pods that it was launched for are bound to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from kubestow.model.node import Node
from kubestow.model.pod import Pod


class Phase(StrEnum):
    """The phases of a NodeClaim."""

    LAUNCHING = "Launching"
    LAUNCHED = "Launched"
    REGISTERED = "Registered"
    HELD = "Held"
    READY = "Ready"
    DRAINING = "Draining"
    GONE = "Gone"


class Event(StrEnum):
    """What can happen to a NodeClaim."""

    LAUNCHED = "launched"
    INSUFFICIENT_CAPACITY = "insufficient capacity"
    REGISTERED = "registered"
    INITIALIZED = "initialized"
    HELD = "initialized and held"
    OPENED = "opened"
    NOT_REGISTERED = "not registered in time"
    DRAIN = "drain"
    DRAINED = "drained"
    RECLAIMED = "reclaimed"  # the two minutes after a spot interruption notice are over


LIFECYCLE: Mapping[Phase, Mapping[Event, Phase]] = {
    Phase.LAUNCHING: {
        Event.LAUNCHED: Phase.LAUNCHED,
        Event.INSUFFICIENT_CAPACITY: Phase.GONE,
        Event.DRAIN: Phase.GONE,
    },
    Phase.LAUNCHED: {
        Event.REGISTERED: Phase.REGISTERED,
        Event.NOT_REGISTERED: Phase.GONE,
        Event.DRAIN: Phase.GONE,
        Event.RECLAIMED: Phase.GONE,
    },
    Phase.REGISTERED: {
        Event.INITIALIZED: Phase.READY,
        Event.HELD: Phase.HELD,
        Event.DRAIN: Phase.DRAINING,
        Event.RECLAIMED: Phase.GONE,
    },
    Phase.HELD: {
        Event.OPENED: Phase.READY,
        Event.DRAIN: Phase.DRAINING,
        Event.RECLAIMED: Phase.GONE,
    },
    Phase.READY: {
        Event.DRAIN: Phase.DRAINING,
        Event.RECLAIMED: Phase.GONE,
    },
    Phase.DRAINING: {
        Event.DRAINED: Phase.GONE,
        Event.RECLAIMED: Phase.GONE,
    },
    Phase.GONE: {},
}
"""The next phase, by phase and event; combinations that are not listed cannot happen."""

COMING = (Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED)
"""Phases in which a node is on its way."""
THERE = (Phase.HELD, Phase.READY)
"""Phases in which a node can run pods, and is to stay."""


@dataclass(frozen=True, slots=True)
class NodeClaim:
    """A node that is launching, exists or is terminating. Its name is that of its node.

    ``node`` is what it is or will be; ``daemonset_pods`` run on it; ``notice_at`` is when EC2
    reclaims a spot instance, if announced, ``rebalance_at`` when it recommended a rebalance.
    ``reason`` says why it drains, or why an autoscaler cordoned it; a node that somebody else
    cordoned has none. One that ``holds`` is held once it is ready, which is ``ready_at``.
    ``outdated`` is what its node class would launch otherwise by now, ``protection`` what keeps the
    node itself from being disrupted of free will.
    """

    name: str
    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    nano_usd_per_hour: int
    node: Node
    daemonset_pods: tuple[Pod, ...] = ()
    phase: Phase = Phase.LAUNCHING
    created_at: int = 0
    launched_at: int | None = None
    ready_at: int | None = None
    notice_at: int | None = None
    reason: str = ""
    rebalance_at: int | None = None
    holds: bool = False
    outdated: str = ""
    protection: str = ""

    @property
    def is_coming(self) -> bool:
        """True for a node that is on its way."""
        return self.phase in COMING

    @property
    def offering(self) -> tuple[str, str, str]:
        """Instance type, zone and capacity type."""
        return self.instance_type, self.zone, self.capacity_type

    def after(self, event: Event, at: int) -> "NodeClaim":
        """Return the claim after an event; an impossible event is a bug."""
        phase = LIFECYCLE[self.phase].get(event)
        assert phase is not None, f"{self.name}: {event} cannot happen to a claim {self.phase}"
        launched, ready = self.launched_at, self.ready_at
        if event is Event.LAUNCHED:
            launched = at
        elif event in (Event.INITIALIZED, Event.HELD):
            ready = at
        return replace(self, phase=phase, launched_at=launched, ready_at=ready)
