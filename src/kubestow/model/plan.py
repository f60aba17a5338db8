"""Plan: which nodes to run, which pods on each, what it costs and what cannot run.

Law: data only; text is made in kubestow.report. Money is integer nano-USD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kubestow.model.instance_type import Price
from kubestow.model.labels import HOSTNAME
from kubestow.model.resources import Amounts
from kubestow.model.taints import Taint


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one constraint keeps a pod from a number of offerings or existing nodes.

    ``constraint`` is the kube-scheduler plugin's name, or NodePool, Admission and the like where
    it is not the scheduler's. ``detail`` is data: resource, requested, available, and so on.
    """

    constraint: str
    offerings: int
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unschedulable:
    """A pod that cannot run: every reason, counted, and the nearest miss."""

    pod: str
    reasons: tuple[Reason, ...]
    nearest: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another offering that would carry a node's pods."""

    instance_type: str
    zone: str
    capacity_type: str
    price: Price


@dataclass(frozen=True, slots=True)
class LaunchList:
    """What could be launched in a new node's place, for the same pods and from the same NodePool.

    ``alternatives`` are the cheapest of ``count``. Of a spot node, ``spot_types`` are the instance
    types on spot in each zone, the node's own among them, after each step that narrows the choice
    (NARROWING, in this order), and ``on_demand`` is the cheapest alternative that is not spot.
    """

    alternatives: tuple[Alternative, ...]
    count: int
    spot_types: tuple[tuple[tuple[str, int], ...], ...] = ()
    on_demand: Alternative | None = None


NARROWING = ("NodePool", "Pods", "Resources", "Topology")
"""What a NodePool offers; what its pods' own filters leave; what is large enough and within the
pool's limits; what stays in the node's zone where constraints between pods hold it there."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node of the plan. ``existing`` nodes are those of the snapshot and cost nothing more.

    They are already there, but for those that a ``reservation`` pays in any case.
    ``launch`` is None where nobody asked for it.
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
        """Return the node under another name, its label and its DaemonSets' pods too."""
        labels = tuple(sorted((dict(self.labels) | {HOSTNAME: name}).items()))
        daemons = tuple(pod.removesuffix(self.name) + name for pod in self.daemonset_pods)
        return replace(self, name=name, labels=labels, daemonset_pods=daemons)


@dataclass(frozen=True, slots=True)
class LowerBound:
    """A proven lower bound on the hourly cost of any fleet that carries the planned pods."""

    nano_usd_per_hour: int
    rung: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of playing the plan through kube-scheduler's own cycle.

    ``orders`` of arrival were tried; ``pending`` pods were left in the worst of them.
    ``extra_nano_usd_per_hour`` is what the nodes added for it cost; ``stranded`` were pending in
    the order that showed the need for it, and ``reserved`` nodes carry a fill-order taint.
    """

    orders: int
    pending: int
    extra_nano_usd_per_hour: int = 0
    stranded: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer.

    ``empty_pools`` are NodePools that can launch nothing, and why. ``witness`` is an order of
    arrival of the pods under topology constraints in which each may go where it is planned.
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
        """What the new nodes cost each hour."""
        return sum(node.price.nano_usd_per_hour for node in self.nodes if not node.existing)

    @property
    def gap(self) -> float | None:
        """cost / bound - 1; None where the bound is zero and the cost is not."""
        cost, bound = self.cost_nano_usd_per_hour, self.lower_bound.nano_usd_per_hour
        if bound == 0:
            return 0.0 if cost == 0 else None
        return cost / bound - 1
