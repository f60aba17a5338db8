"""Decision: what an autoscaler does now, and why it does nothing else.

An action names its object; it may already be done when it is carried out.
"""

from dataclasses import dataclass

from kubestow.model.nodeclaim import NodeClaim

PROVISIONING, EMPTY, UNDERUTILIZED, DRIFTED = "Provisioning", "Empty", "Underutilized", "Drifted"
EXPIRED, INTERRUPTED, NOT_REGISTERED = "Expired", "Interrupted", "NotRegistered"
REBALANCED = "Rebalanced"
VOLUNTARY = (EMPTY, UNDERUTILIZED, DRIFTED, REBALANCED)
"""Reasons that respect NodePool budgets; the others do not wait for them."""
HELD_BACK, NOT_LAUNCHED = "held back by a limit", "not launched"
"""Events of actions that were not begun: a limit forbids it; EC2 refused a launch, or it could not
be asked for.
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """Launch a node; ``reason`` is why."""

    claim: NodeClaim
    reason: str


@dataclass(frozen=True, slots=True)
class Cordon:
    """Cordon a node that will be removed."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class Uncordon:
    """Let pods be scheduled on a node again."""

    node: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Evict a node's pods as their budgets allow, then terminate it; ``force`` ignores budgets."""

    node: str
    reason: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class Land:
    """Bind a waiting pod, by its namespace/name, to a held node, if the filters let it now."""

    pod: str
    node: str


@dataclass(frozen=True, slots=True)
class Open:
    """Let the scheduler use a held node; ``reason`` is why it is held no longer."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeletionOrder:
    """Ask ReplicaSets that scale down to delete pods node by node in this order.

    Pods on other nodes come before them. It is asked for by the pods' annotation
    ``controller.kubernetes.io/pod-deletion-cost``; those that have one of their own keep it.
    Source: pkg/controller/controller_utils.go ActivePodsWithRanks (Kubernetes 1.34).
    """

    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Avoid:
    """Have kube-scheduler place pods elsewhere where it can, and no longer avoid other nodes.

    It is asked for by a taint of effect PreferNoSchedule, which closes no node to any pod.
    Source: plugins/tainttoleration/taint_toleration.go Score (Kubernetes 1.34).
    """

    nodes: tuple[str, ...]


Action = Launch | Cordon | Uncordon | Drain | Land | Open | DeletionOrder | Avoid


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a node is kept: a reason, and the pod, budget or price that causes it."""

    node: str
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A Pending pod: "planned" with its node, or why it is not."""

    pod: str
    reason: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Actions in order, and the reasons for everything else.

    ``look_again_at`` is when to decide again even if nothing happens until then; None if only an
    event can change the decision. ``bound`` is the proven minimum of the fleet's cost, in nano-USD
    per hour, if known.
    """

    actions: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    look_again_at: int | None = None
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an action: its claim or node, and what happened.

    ``reason`` is why a node was to go that stays.
    """

    subject: str
    event: str
    offering: tuple[str, str, str] | None = None
    reason: str = ""
