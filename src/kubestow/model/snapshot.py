"""Snapshot: the whole state that a decision is made from.

Complete and in a fixed order; nothing else influences a plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubestow.model.cpu_credits import CpuUse
from kubestow.model.instance_type import Catalog
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import Networking, NodePool, VpcCni
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.scheduler_profile import SchedulerProfiles
from kubestow.model.selectors import LabelSelector
from kubestow.model.volume import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageCapacity,
    StorageClass,
    VolumeAttachment,
)
from kubestow.model.workload import COUNT, Workload

SYSTEM_PRIORITIES = (
    ("system-cluster-critical", 2_000_000_000),
    ("system-node-critical", 2_000_001_000),
)
"""The PriorityClasses of every cluster (Kubernetes 1.34, pkg/apis/scheduling/types.go)."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something in the input that the plan ignores, and why."""

    kind: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class DisruptionBudget:
    """A PodDisruptionBudget; ``allowed`` is how many disruptions its status allows now.

    At most one of ``min_available`` and ``max_unavailable`` is set.
    """

    namespace: str
    name: str
    selector: LabelSelector | None = None
    allowed: int = 0
    min_available: COUNT | None = None
    max_unavailable: COUNT | None = None
    unhealthy_policy: str = "IfHealthyBudget"


@dataclass(frozen=True, slots=True)
class Service:
    """A Service's selector: by default, the pods it matches are spread over nodes and zones."""

    namespace: str
    selector: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of the input: from manifests, a list or a live cluster."""

    pods: tuple[Pod, ...] = ()
    nodes: tuple[Node, ...] = ()
    daemonsets: tuple[DaemonSet, ...] = ()
    nodepools: tuple[NodePool, ...] = ()
    namespaces: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    claims: Mapping[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    volumes: Mapping[str, PersistentVolume] = field(default_factory=dict)
    storage_classes: Mapping[str, StorageClass] = field(default_factory=dict)
    disruption_budgets: tuple[DisruptionBudget, ...] = ()
    services: tuple[Service, ...] = ()
    scheduler_profiles: SchedulerProfiles = field(default_factory=SchedulerProfiles)
    workloads: tuple[Workload, ...] = ()
    capacity_drivers: tuple[str, ...] = ()  # CSI drivers that report storage capacity
    storage_capacities: tuple[StorageCapacity, ...] = ()
    attachments: tuple[VolumeAttachment, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    assumptions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Fields of the input that are not modelled, and those that the API server would refuse."""
    regions: tuple[str, ...] = ()  # of the nodes of the input, also of those left out
    addons: frozenset[str] = frozenset()  # the EKS add-ons that a ClusterConfig names
    pools_left_out: tuple[str, ...] = ()  # names of NodePools of the input that cannot be used
    priority_classes: tuple[tuple[str, int], ...] = SYSTEM_PRIORITIES
    custom_networking: bool = False  # as a ClusterConfig configures the VPC CNI
    vpc_cni: VpcCni = field(default_factory=VpcCni)  # as the input's aws-node is configured


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A cluster, the catalog of its region, and how its pods get addresses.

    ``at`` is when it was observed, in seconds; ``nodeclaims`` are the nodes that an autoscaler
    manages, from launch to termination; ``cpu_use`` is what pods use of what they request.
    """

    cluster: Cluster
    catalog: Catalog
    networking: Networking = field(default_factory=Networking)
    at: int = 0
    nodeclaims: tuple[NodeClaim, ...] = ()
    cpu_use: CpuUse = field(default_factory=CpuUse)
