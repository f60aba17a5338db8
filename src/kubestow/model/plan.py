"""Plan: the nodes to run, the pods on each, the cost, and the pods that cannot run.

Money is integer nano-USD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kubestow.model.instance_type import Price
from kubestow.model.labels import HOSTNAME
from kubestow.model.resources import Amounts
from kubestow.model.taints import Taint


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a constraint excludes a pod from a number of offerings or existing nodes.

    ``constraint`` is the name of a kube-scheduler plugin or, for other constraints, NodePool,
    Admission and the like. ``detail`` is data: resource, requested, available and so on.
    """

    constraint: str
    offerings: int
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """A pod that cannot run: every reason with a count, and the nearest miss."""

    pod: str
    reasons: tuple[Reason, ...]
    nearest: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another offering that could run a node's pods."""

    instance_type: str
    zone: str
    capacity_type: str
    price: Price


@dataclass(frozen=True, slots=True)
class LaunchList:
    """What could be launched instead of a new node, for the same pods and from the same NodePool.

    ``alternatives`` are the cheapest of ``count``. For a spot node, ``spot_types`` are the numbers
    of instance types on spot in each zone, including its own, after each step that narrows the
    choice (NARROWING, in this order); ``on_demand`` is the cheapest alternative that is not spot.
    """

    alternatives: tuple[Alternative, ...]
    count: int
    spot_types: tuple[tuple[tuple[str, int], ...], ...] = ()
    on_demand: Alternative | None = None


NARROWING = ("NodePool", "Pods", "Resources", "Topology")
"""What the NodePool allows; what the filters of the pods leave; what is large enough and within the
pool's limits; what is in the node's zone, if topology constraints tie the pods to it."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node of the plan. ``existing`` nodes are in the snapshot and cost nothing more.

    They already run, except those that a ``reservation`` pays for. ``launch`` is None unless launch
    lists were requested.
    """

    name: str
    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    price: Price
    labels: tuple[tuple[str, str], ...]
    taints: tuple[Taint, ...]
    allocatable: Amounts
    pods: tuple[str, ...]
    daemonset_pods: tuple[str, ...] = ()
    existing: bool = False
    launch: LaunchList | None = None
    reservation: str = ""

    def renamed(self, name: str) -> "PlannedNode":
        """Return the node with another name, also in its label and its DaemonSet pods."""
        labels = tuple(sorted((dict(self.labels) | {HOSTNAME: name}).items()))
        daemons = tuple(pod.removesuffix(self.name) + name for pod in self.daemonset_pods)
        return replace(self, name=name, labels=labels, daemonset_pods=daemons)


@dataclass(frozen=True, slots=True)
class LowerBound:
    """A proven lower bound on the hourly cost of any fleet that runs the planned pods."""

    nano_usd_per_hour: int
    rung: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The result of rehearsing the plan with kube-scheduler's own cycle.

    ``orders`` is how many arrival orders were tried, ``pending`` how many pods were left in the
    worst. ``extra_nano_usd_per_hour`` is the cost of nodes added by mending; ``stranded`` is how
    many pods were left before it; ``reserved`` nodes have a fill-order taint.
    ``pending_as_planned`` is how many pods the plan that was to be rehearsed, without any change,
    left in its worst order.
    """

    orders: int
    pending: int
    extra_nano_usd_per_hour: int = 0
    stranded: int = 0
    reserved: int = 0
    pending_as_planned: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for a snapshot.

    ``empty_pools`` are NodePools that can launch nothing, and why. ``witness`` is an arrival order
    of the pods under topology constraints in which each may go where it is planned.
    """

    region: str
    nodes: tuple[PlannedNode, ...]
    unschedulable: tuple[Unschedulable, ...]
    lower_bound: LowerBound
    assumptions: tuple[str, ...] = ()
    empty_pools: tuple[tuple[str, str], ...] = ()
    witness: tuple[str, ...] = ()
    rehearsed: Rehearsed | None = None

    @property
    def cost_nano_usd_per_hour(self) -> int:
        """The hourly cost of the new nodes."""
        return sum(node.price.nano_usd_per_hour for node in self.nodes if not node.existing)

    @property
    def gap(self) -> float | None:
        """cost / bound - 1; None if the bound is zero and the cost is not."""
        cost, bound = self.cost_nano_usd_per_hour, self.lower_bound.nano_usd_per_hour
        if bound == 0:
            return 0.0 if cost == 0 else None
        return cost / bound - 1
