"""ComputeOption: one way to run the pods on EKS: its costs, its limits, and how it is operated.

Money is integer nano-USD per hour, with its source; estimates are marked.
"""

from dataclasses import dataclass, replace

from kubestow.model.nodepool import NodePool
from kubestow.model.placements import Placements
from kubestow.model.plan import LowerBound, Plan
from kubestow.model.snapshot import Snapshot

INSTANCES, FEES, STORAGE, CONTROL_PLANE = "instances", "fees", "storage", "control plane"
PENDING_PODS = "pending pods"
PARTS = (INSTANCES, FEES, STORAGE, PENDING_PODS, CONTROL_PLANE)


@dataclass(frozen=True, slots=True)
class CostPart:
    """A part of what an option costs; ``part`` is one of PARTS.

    What is ``in_minimum`` is part of the nodes' prices, which the proven minimum is of.
    """

    part: str
    name: str
    nano_usd_per_hour: int
    source: str
    is_estimate: bool = False
    in_minimum: bool = False


@dataclass(frozen=True, slots=True)
class FleetLine:
    """Equal units: nodes of a type in a zone, or Fargate pods of a size.

    ``spare`` is the share of cpu and of memory that nothing requests; ``pods_most`` a unit's pod
    slots.
    """

    unit: str
    zone: str
    capacity_type: str
    count: int
    pods: int
    nano_usd_per_hour: int  # per unit
    pods_most: int = 0
    spare: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CannotRun:
    """Pods that an option cannot run: the field that prevents it, and the reason."""

    pods: tuple[str, ...]
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Operation:
    """How an option is operated. Durations are those documented or measured by others."""

    patches: str
    first_pod: str
    node_life: str


@dataclass(frozen=True, slots=True)
class OptionDescription:
    """What an option is, independent of the pods.

    ``bounded`` options launch from the NodePools that the proven minimum applies to.
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
    """A plan with the snapshot and the NodePools it was made for, as the judge needs them."""

    snapshot: Snapshot
    plan: Plan
    pools: tuple[NodePool, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an option's autoscaler came from its first fleet to the one it rests with.

    The first fleet's cost is the whole option's, in nano-USD per hour. ``seconds`` is when the
    autoscaler last acted, from the start. One that does not rest was stopped after
    ``limit_seconds``.
    """

    first_nano_usd_per_hour: int
    first_nodes: int
    seconds: int
    evictions: int
    rests: bool
    limit_seconds: int


@dataclass(frozen=True, slots=True)
class ComputeOption:
    """One option for the pods of a comparison.

    ``stranded`` pods stay Pending in the worst arrival order rehearsed, or when the fleet has
    settled; None if neither was tried. What nodes for them would cost is part of the costs.
    ``plans`` are those that its nodes come from; Fargate has none. ``placements`` is what the whole
    option costs by who places the pods, and ``other`` the plan for the other placement. Only an
    option whose nodes kubestow launches has them: kubestow can land pods on no others.
    ``settlement`` is None if the fleet is the first one, before its autoscaler changes it; else
    ``plans`` are of the first fleet, and everything else is of the one the autoscaler rests with.
    """

    description: OptionDescription
    fleet: tuple[FleetLine, ...]
    costs: tuple[CostPart, ...]
    cannot_run: tuple[CannotRun, ...]
    pods: int  # how many it runs
    stranded: int | None = None
    plans: tuple[PlanWithInput, ...] = ()
    placements: Placements | None = None
    other: PlanWithInput | None = None
    settlement: Settlement | None = None

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
        """Return the total of one of PARTS."""
        return sum(part.nano_usd_per_hour for part in self.costs if part.part == name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All options for the same pods, and the proven minimum of what instances cost."""

    options: tuple[ComputeOption, ...]
    lower_bound: LowerBound
    pods: int
    assumptions: tuple[str, ...] = ()
    empty_pools: tuple[tuple[str, str], ...] = ()  # NodePools that can launch nothing, and why
    interrupted: bool = False  # options are missing
