"""Decision: what an autoscaler does now, and why it does nothing else.

Law: data only. An action names what it is about; whoever carries it out may find it done already.
"""

from dataclasses import dataclass

from kubestow.model.nodeclaim import NodeClaim

PROVISIONING, EMPTY, UNDERUTILIZED, DRIFTED = "Provisioning", "Empty", "Underutilized", "Drifted"
EXPIRED, INTERRUPTED, NOT_REGISTERED = "Expired", "Interrupted", "NotRegistered"
REBALANCED = "Rebalanced"
VOLUNTARY = (EMPTY, UNDERUTILIZED, DRIFTED, REBALANCED)
"""Reasons that a NodePool's budgets hold back; the others do not wait for them."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Ask EC2 for a node; ``reason`` is why it is wanted."""

    claim: NodeClaim
    reason: str


@dataclass(frozen=True, slots=True)
class Cordon:
    """Keep new pods off a node that is about to go."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class Uncordon:
    """Let pods come to a node again."""

    node: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Evict a node's pods as their budgets allow, then end it; ``force`` waits for no budget."""

    node: str
    reason: str
    force: bool = False


Action = Launch | Cordon | Uncordon | Drain


@dataclass(frozen=True, slots=True)
class Kept:
    """A node that stays: the reason in a word, and the pod, budget or price it is about."""

    node: str
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pod that is Pending: "planned" with the node it is for, or why it is not."""

    pod: str
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Actions in order, and the reasons for what stays as it is.

    ``look_again_at`` is when to decide anew even if nothing happens until then; None where only
    an event can change the decision. ``bound`` is the least that any fleet for the pods costs, in
    nano-USD an hour, where it was proven.
    """

    actions: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    look_again_at: int | None = None
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: about which claim or node, and what happened."""

    subject: str
    event: str
    offering: tuple[str, str, str] | None = None
