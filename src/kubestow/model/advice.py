"""Advice: what a running cluster could cost, what stands in the way, what an autoscaler would do.

Money is nano-USD an hour.
"""

from dataclasses import dataclass

from kubestow.model.decision import Kept
from kubestow.model.plan import LowerBound
from kubestow.model.survey import Survey

EMPTY_NODES, ROOM, KINDS, HELD = "empty nodes", "unused room", "kinds of nodes", "cannot move"
RESERVED = "unused reservations"


@dataclass(frozen=True, slots=True)
class Waste:
    """A part of what is paid above the cheapest plan, by its cause."""

    cause: str
    nano_usd_per_hour: int


@dataclass(frozen=True, slots=True)
class FleetSize:
    """A fleet in numbers: its nodes by instance type and capacity type, and what they cost."""

    nodes: int
    nano_usd_per_hour: int
    kinds: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Advised:
    """One decision of a policy: what goes, why, what comes for it, and whom it moves.

    ``looks`` tells how often the policy looked, and ``after_seconds`` how long it waited, before it
    decided; without ``removes`` and ``launches`` it decided to do nothing.
    """

    policy: str
    reasons: tuple[str, ...]
    removes: tuple[str, ...]
    launches: FleetSize
    evicted: tuple[str, ...]
    saving: int
    after_seconds: int
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """Where a policy would come to rest, if it were left alone with the cluster.

    The ``fleet`` is what it rests with, after so many ``evictions``; ``after_seconds`` is when it
    does its last thing, and ``pending`` are the pods without a node then. One that never ``rests``
    was stopped after ``limit_seconds``. ``left_out`` says which pods were not there. With an
    ``obstacle`` nothing is known.
    """

    policy: str
    fleet: FleetSize = FleetSize(0, 0)
    saving: int = 0
    evictions: int = 0
    after_seconds: int = 0
    pending: tuple[str, ...] = ()
    rests: bool = False
    limit_seconds: int = 0
    left_out: tuple[str, ...] = ()
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a cluster costs, and could.

    All reserved nodes are in every cost, and what runs on them costs nothing more.
    ``cheapest`` is the cheapest plan found for the pods that run, from the pools there are, and
    ``minimum`` what any such fleet costs at least; ``reachable`` is that with the nodes that must
    stay. Pods that run on demand stay on demand in all of them; ``spot`` is the cheapest plan if
    every pod could run on spot, and every pool launch it. ``daemons`` is the share of the cost that
    DaemonSets and static pods request, by the dominant resource. ``unrequested`` is what requests
    that are not used cost in the same way, None where no usage is known. ``immovable`` are the pods
    of nodes that stay in every plan: of an unknown price, or with a pod that no pool could run.
    ``rests`` tells where policies would rest, if that was asked for.
    """

    survey: Survey
    minimum: LowerBound
    cheapest: FleetSize
    reachable: FleetSize
    spot: FleetSize
    wastes: tuple[Waste, ...]
    daemons: int
    unrequested: int | None
    immovable: tuple[str, ...]
    decisions: tuple[Advised, ...]
    assumed_pools: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rests: tuple[Rest, ...] = ()

    @property
    def saving(self) -> int:
        """What could be saved without moving what cannot move."""
        return max(0, self.survey.cost - self.reachable.nano_usd_per_hour)

    @property
    def gap(self) -> float | None:
        """How far what runs is above the proven minimum; None where nothing is proven."""
        least = self.minimum.nano_usd_per_hour
        return self.survey.cost / least - 1 if least else None
