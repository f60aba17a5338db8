"""Survey: what a cluster runs, on what, and what that costs now. Money is nano-USD an hour."""

from dataclasses import dataclass

from kubestow.model.costs import Reservation
from kubestow.model.observed import NodeDetails
from kubestow.model.resources import Amounts


@dataclass(frozen=True, slots=True)
class LaunchGroup:
    """Who launches a node: a NodePool, a node group, or nobody that is known (empty)."""

    kind: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class SurveyedPod:
    """A pod on a node, by namespace/name; one that is ``bound`` lives and dies with its node."""

    key: str
    requests: Amounts
    bound: bool


@dataclass(frozen=True, slots=True)
class SurveyedNode:
    """A node with what is requested of it.

    ``price`` is what is paid for it, None where that is not known: of a node that uses a
    ``reservation``, the reservation's. ``unreserved`` is what it costs without one, and ``beside``
    the part of both that is paid in any case: surplus CPU credits, and the fee of Auto Mode.
    ``daemons`` is what DaemonSets' and static pods request of ``requested``; ``used`` is what
    metrics-server tells, None where it tells nothing.
    """

    name: str
    group: LaunchGroup
    instance_type: str
    zone: str
    capacity_type: str
    price: int | None
    status: str
    cordoned: bool
    allocatable: Amounts
    requested: Amounts
    daemons: Amounts
    pods: tuple[SurveyedPod, ...]
    facts: NodeDetails
    used: Amounts | None = None
    reservation: str = ""
    unreserved: int | None = None
    beside: int = 0

    @property
    def is_empty(self) -> bool:
        """True where only pods are that live and die with it."""
        return all(pod.bound for pod in self.pods)

    @property
    def share(self) -> float:
        """How much of it is requested: of cpu or memory, whichever is more."""
        return share_of(self.requested, self.allocatable)


def share_of(requested: Amounts, allocatable: Amounts) -> float:
    """Return the largest share of cpu and memory that is requested, from 0 to 1."""
    there, wanted = dict(allocatable), dict(requested)
    shares = [wanted.get(name, 0) / there[name] for name in ("cpu", "memory") if there.get(name)]
    return min(1.0, max(shares, default=0.0))


@dataclass(frozen=True, slots=True)
class PendingPods:
    """Pods alike that wait, by namespace/name, and why, in kube-scheduler's words."""

    pods: tuple[str, ...]
    message: str
    reason: str
    """The filter that refuses the most nodes; empty where some node would take them."""


@dataclass(frozen=True, slots=True)
class SurveyedReservation:
    """A reservation of the costs file, and how many of the nodes that run use it."""

    reservation: Reservation
    in_use: int

    @property
    def unused(self) -> int:
        """How many nodes are paid for and do not run."""
        return self.reservation.count - self.in_use

    @property
    def unused_cost(self) -> int:
        """What those cost."""
        return self.unused * (self.reservation.nano_usd_per_hour or 0)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a cluster runs at an instant."""

    cluster: str
    region: str
    at: int
    nodes: tuple[SurveyedNode, ...]
    pending: tuple[PendingPods, ...]
    pods: int
    prices_from: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reservations: tuple[SurveyedReservation, ...] = ()

    @property
    def cost(self) -> int:
        """What the nodes with a known price cost, and the reserved ones that do not run."""
        return sum(node.price or 0 for node in self.nodes) + self.unused_cost

    @property
    def unused_cost(self) -> int:
        """What reserved nodes cost that do not run."""
        return sum(item.unused_cost for item in self.reservations)

    @property
    def unpriced(self) -> int:
        """How many nodes have no known price."""
        return sum(node.price is None for node in self.nodes)

    @property
    def waiting(self) -> int:
        """How many pods are Pending."""
        return sum(len(item.pods) for item in self.pending)
