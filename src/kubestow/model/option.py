"""ComputeOption: one way of running the pods on EKS, and what it costs, bars and asks of its user.

Law: values only. Money is integer nano-USD an hour, with its source; an estimate says it is one.
"""

from dataclasses import dataclass, replace

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import LowerBound, Plan
from kubestow.model.snapshot import Snapshot

INSTANCES, FEES, STORAGE, CONTROL_PLANE = "instances", "fees", "storage", "control plane"
PARTS = (INSTANCES, FEES, STORAGE, CONTROL_PLANE)


@dataclass(frozen=True, slots=True)
class CostPart:
    """A part of what an option costs; ``part`` is one of PARTS."""

    part: str
    name: str
    nano_usd_per_hour: int
    source: str
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class FleetLine:
    """Units that are alike: nodes of a type in a zone, or Fargate pods of a size.

    ``spare`` is the share of cpu and of memory that nothing asks for; ``pods_most`` what a unit
    has pod slots for.
    """

    unit: str
    zone: str
    capacity_type: str
    count: int
    pods: int
    nano_usd_per_hour: int  # of one
    pods_most: int = 0
    spare: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CannotRun:
    """Pods that an option cannot run: the field that stands against it, and why."""

    pods: tuple[str, ...]
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What running an option is like. Durations are documented or measured by others, not here."""

    patches: str
    first_pod: str
    node_life: str


@dataclass(frozen=True, slots=True)
class OptionDescription:
    """What an option is, whatever the pods are.

    ``bounded`` options launch from the NodePools that the proven minimum is for.
    """

    id: str
    title: str
    operation: Operation
    notes: tuple[str, ...] = ()
    bounded: bool = False

    def noting(self, *notes: str) -> "OptionDescription":
        """Return the description with further notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True, slots=True)
class PlanWithInput:
    """A plan, and the snapshot and NodePools it was made for: all that a judge has to see."""

    snapshot: Snapshot
    plan: Plan
    pools: tuple[NodePool, ...]


@dataclass(frozen=True, slots=True)
class ComputeOption:
    """One option for the same pods.

    ``stranded`` pods stayed Pending in the worst order of arrival played on its nodes; None where
    none was played. ``plans`` are those its nodes come from; Fargate has none.
    """

    description: OptionDescription
    fleet: tuple[FleetLine, ...]
    costs: tuple[CostPart, ...]
    cannot_run: tuple[CannotRun, ...]
    pods: int  # that it runs
    stranded: int | None = None
    plans: tuple[PlanWithInput, ...] = ()

    @property
    def id(self) -> str:
        """The option's identifier."""
        return self.description.id

    @property
    def title(self) -> str:
        """The option's title."""
        return self.description.title

    @property
    def nano_usd_per_hour(self) -> int:
        """The whole cost."""
        return sum(part.nano_usd_per_hour for part in self.costs)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return sum(line.count for line in self.fleet)

    @property
    def is_estimate(self) -> bool:
        """True where any part of the cost is an estimate."""
        return any(part.is_estimate for part in self.costs)

    def part(self, name: str) -> int:
        """Return what one of PARTS costs in all."""
        return sum(part.nano_usd_per_hour for part in self.costs if part.part == name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All options for the same pods, and what the instances of any fleet of nodes cost at least."""

    options: tuple[ComputeOption, ...]
    lower_bound: LowerBound
    pods: int
    assumptions: tuple[str, ...] = ()
    empty_pools: tuple[tuple[str, str], ...] = ()  # NodePools that can launch nothing, and why
