"""HandedPlan: a plan that was written to a file and comes back, so that its pods are landed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubestow.model.taints import Taint

WorkloadKey = tuple[str, str, str]
"""Kind, namespace and name of a workload."""


@dataclass(frozen=True, slots=True)
class HandedNode:
    """A node that the plan launches. ``pods`` are namespace/name; ``daemonsets`` run on it, too."""

    name: str
    nodepool: str
    instance_type: str
    zone: str
    capacity_type: str
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[Taint, ...] = ()
    pods: tuple[str, ...] = ()
    daemonsets: frozenset[str] = frozenset()

    @property
    def offering(self) -> tuple[str, str, str]:
        """Instance type, zone and capacity type."""
        return self.instance_type, self.zone, self.capacity_type


@dataclass(frozen=True, slots=True)
class HandedPlan:
    """The nodes to launch, in the plan's order, and whose pods are on them.

    ``digest`` tells a plan from others; ``elsewhere`` are the pods that are planned on nodes that
    were there before; ``workloads`` has the workload of each pod that has one.
    """

    digest: str
    region: str
    nodes: tuple[HandedNode, ...]
    elsewhere: tuple[str, ...] = ()
    workloads: Mapping[str, WorkloadKey] = field(default_factory=dict)

    def mark(self, node: HandedNode) -> str:
        """Return what is written on the Node that stands for a planned one."""
        return f"{self.digest}/{node.name}"
