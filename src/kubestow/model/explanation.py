"""Explanation: where a pod runs and why, or why it cannot run and what would let it run.

Money is integer nano-USD; amounts are integers in the units of kubestow.model.resources.
"""

from dataclasses import dataclass

from kubestow.model.plan import Reason

RUNNING, PLANNED, UNSCHEDULABLE = "Running", "Planned", "Unschedulable"
"""A pod's status: bound to a node, placed by the plan, or unschedulable."""

LOWER_REQUEST = "LowerRequest"
TOLERATE_TAINT = "TolerateTaint"
DROP_NODE_SELECTOR = "DropNodeSelector"
DROP_NODE_AFFINITY = "DropNodeAffinity"
DROP_HOST_PORT = "DropHostPort"
RELAX_SPREAD = "RelaxTopologySpread"
RELAX_AFFINITY = "RelaxPodAffinity"
RELAX_ANTI_AFFINITY = "RelaxPodAntiAffinity"
ALLOW_IN_POOL = "AllowInNodePool"
RAISE_LIMIT = "RaiseNodePoolLimit"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the pod's template, or of the NodePool that ``nodepool`` names.

    ``subject`` is what changes: a resource, a label key, a taint, a host port or a topology
    constraint.
    ``added`` is the value that is added to a requirement of a NodePool.
    """

    kind: str
    subject: str
    before: str = ""
    after: str = ""
    nodepool: str = ""
    added: str = ""
    pool_kind: str = ""  # NodePool.kind of that NodePool
    builtin: bool = False  # the NodePool is kubestow's default, which the user cannot edit


@dataclass(frozen=True, slots=True)
class NodePlace:
    """Where a pod runs or would run.

    ``existing`` nodes are in the input or paid for by a ``reservation``; ``planned`` ones are
    launched for other pods anyway.
    """

    node: str
    instance_type: str = ""
    zone: str = ""
    capacity_type: str = ""
    nodepool: str = ""
    nano_usd_per_hour: int = 0
    existing: bool = False
    planned: bool = False
    is_estimate: bool = False
    reservation: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A pod's cost: its node's price times its share of the resource it uses most of."""

    resource: str
    requested: int
    allocatable: int
    nano_usd_per_hour: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together let the pod run, and their cost.

    ``pods`` share the changed template; ``running`` of them already run, ``still_pending`` of them
    still cannot. ``others`` is how many other unschedulable pods can then run too.
    """

    changes: tuple[Change, ...]
    pods: int
    extra_nano_usd_per_hour: int
    place: NodePlace
    running: int = 0
    still_pending: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class SchedulerView:
    """What kube-scheduler says about a pod on the existing nodes.

    ``reasons`` counts nodes by its message, ``filters`` by the first filter that rejects them;
    ``best`` are the feasible nodes with the best score.
    """

    nodes: int
    feasible: int
    message: str
    reasons: tuple[tuple[str, int], ...] = ()
    filters: tuple[tuple[str, int], ...] = ()
    best: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A resource with too little left."""

    resource: str
    requested: int
    available: int

    @property
    def short(self) -> int:
        """How much is missing."""
        return self.requested - self.available


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The closest node, offering or NodePool limit, and what is missing."""

    place: NodePlace
    refused_by: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class PodObstacle:
    """An obstacle that no change of constraints removes, and what to do about it."""

    constraint: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Trials:
    """What the search for changes tried.

    ``kinds`` are the kinds of change considered; ``size_max`` the most changes tried together;
    ``complete`` whether every combination of that size was tried.
    """

    plans: int = 0
    combinations: int = 0
    size_max: int = 0
    kinds: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one pod. ``replicas`` counts the pods of its workload."""

    region: str
    pod: str
    status: str
    replicas: int = 1
    replicas_unschedulable: int = 0
    scheduler: SchedulerView | None = None
    place: NodePlace | None = None
    share: Share | None = None
    reasons: tuple[Reason, ...] = ()
    nearest: NearestMiss | None = None
    obstacle: PodObstacle | None = None
    remedies: tuple[Remedy, ...] = ()
    trials: Trials = Trials()
