"""Explanation: why a pod is where it is, or why it cannot run and what would let it.

Law: data only; text is made in kubestow.report. Money is integer nano-USD, amounts are integers in
the unit of kubestow.model.resources.
"""

from dataclasses import dataclass

from kubestow.model.plan import Reason

RUNNING, PLANNED, UNSCHEDULABLE = "Running", "Planned", "Unschedulable"
"""What becomes of a pod: it is bound, the plan places it, or nothing takes it."""

LOWER_REQUEST = "LowerRequest"
TOLERATE_TAINT = "TolerateTaint"
DROP_NODE_SELECTOR = "DropNodeSelector"
DROP_NODE_AFFINITY = "DropNodeAffinity"
RELAX_SPREAD = "RelaxTopologySpread"
RELAX_AFFINITY = "RelaxPodAffinity"
RELAX_ANTI_AFFINITY = "RelaxPodAntiAffinity"
ALLOW_IN_POOL = "AllowInNodePool"
RAISE_LIMIT = "RaiseNodePoolLimit"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the pod's template, or of a NodePool where ``nodepool`` names one.

    ``subject`` is what is changed: a resource, a label key, a taint, a topology constraint.
    ``added`` is the one value a requirement of a NodePool is widened by.
    """

    kind: str
    subject: str
    before: str = ""
    after: str = ""
    nodepool: str = ""
    added: str = ""
    builtin: bool = False  # the NodePool is kubestow's own default: the user has none to change


@dataclass(frozen=True, slots=True)
class NodePlace:
    """Where a pod runs or would run.

    ``existing`` nodes are in the input, or a ``reservation`` pays for them in any case; ``planned``
    ones the plan launches for other pods anyway.
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
    """What a pod costs: its node's price times the share of the resource it takes most of."""

    resource: str
    requested: int
    allocatable: int
    nano_usd_per_hour: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together let the pod run, and what they cost.

    ``pods`` have the changed template, ``running`` of them run already; ``still_pending`` of them
    cannot run even so. ``others`` is how many other pods that could not run can run as well.
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
    """What kube-scheduler says of a pod over the nodes that exist.

    ``reasons`` counts nodes by its words, ``filters`` by the filter that was first to refuse them;
    ``best`` are the feasible nodes that share the best score.
    """

    nodes: int
    feasible: int
    message: str
    reasons: tuple[tuple[str, int], ...] = ()
    filters: tuple[tuple[str, int], ...] = ()
    best: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A resource of which too little is left."""

    resource: str
    requested: int
    available: int

    @property
    def short(self) -> int:
        """How much is missing."""
        return self.requested - self.available


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The node, the offering or the NodePool limit that comes closest, and what is missing."""

    place: NodePlace
    refused_by: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class PodObstacle:
    """What no change of constraints can mend, by name, and what to do about it."""

    constraint: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Trials:
    """How the search for changes went.

    ``kinds`` are the kinds of change there were to try; ``size_max`` the most changes tried
    together; ``complete`` whether every combination of that size was looked at.
    """

    plans: int = 0
    combinations: int = 0
    size_max: int = 0
    kinds: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer about one pod. ``replicas`` counts the pods of its workload."""

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
