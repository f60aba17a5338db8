"""NodePool and NodeClass: what may be launched, and how it is configured.

Requirements have Karpenter's meaning (kubestow.model.requirements).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubestow.model import labels as names
from kubestow.model.instance_type import InstanceType
from kubestow.model.requirements import Requirements
from kubestow.model.taints import Taint

GIB = 2**30
MIB = 2**20
DEFAULT_SOURCE = "built-in default"


class Launcher(StrEnum):
    """Who launches a pool's nodes, and so which labels they carry."""

    KARPENTER = "Karpenter"
    MANAGED_NODE_GROUP = "managed node group"
    SELF_MANAGED_NODE_GROUP = "self-managed node group"
    AUTO_MODE = "EKS Auto Mode"

    @property
    def is_node_group(self) -> bool:
        """True for groups that an Auto Scaling group runs."""
        return self in (Launcher.MANAGED_NODE_GROUP, Launcher.SELF_MANAGED_NODE_GROUP)


@dataclass(frozen=True, slots=True)
class NodeClass:
    """How the nodes of a pool are configured, as far as it decides what fits on them.

    Reserved and eviction amounts are None if the AMI's default applies. Memory and storage are in
    bytes, cpu in millicpu. ``max_pods`` overrides the CNI's density; ``pods_at_most`` caps it, up
    to 30 vCPU and above, as managed node groups and EKS Auto Mode do. A node has no more slots than
    one of any type in ``pods_as``: those of a managed node group, which has one maximum for all.
    ``zones`` are those of its subnets, empty if they are not known.
    """

    name: str = "default"
    ami_family: str = "AL2023"
    max_pods: int | None = None
    pods_per_core: int | None = None
    pods_at_most: tuple[int, int] | None = None
    pods_as: tuple[InstanceType, ...] = ()
    kube_reserved: tuple[tuple[str, int], ...] = ()
    system_reserved: tuple[tuple[str, int], ...] = ()
    eviction_hard: tuple[tuple[str, str], ...] = ()
    root_volume_bytes: int = 20 * GIB
    block_devices: int = 1
    raid0_instance_store: bool = False
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Networking:
    """How the VPC CNI assigns pod addresses."""

    prefix_delegation: bool = False
    custom_networking: bool = False


@dataclass(frozen=True, slots=True)
class WantedNetworking:
    """What a user says of how the VPC CNI assigns addresses; None for what is not said."""

    prefix_delegation: bool | None = None
    custom_networking: bool | None = None

    def over(self, found: Networking) -> Networking:
        """Return what counts: what is said, otherwise what was found."""
        prefixes, custom = self.prefix_delegation, self.custom_networking
        return Networking(
            found.prefix_delegation if prefixes is None else prefixes,
            found.custom_networking if custom is None else custom,
        )


@dataclass(frozen=True, slots=True)
class VpcCni:
    """How the DaemonSet aws-node of an input is configured.

    ``has_slots_for_prefixes`` tells that it assigns prefixes and that some node of the input has
    more pod slots than single addresses allow: the maxPods of nodes follows.
    """

    networking: Networking = field(default_factory=Networking)
    has_slots_for_prefixes: bool = False


@dataclass(frozen=True, slots=True)
class DesiredNodes:
    """Nodes of one offering that a pool always runs, whether pods need them or not.

    An empty ``zone`` means all zones of the pool, evenly.
    """

    instance_type: str
    zone: str
    capacity_type: str
    count: int


@dataclass(frozen=True, slots=True)
class NodeBudget:
    """How many nodes of a pool may be disrupted at once: a number, or a share rounded up.

    It applies to ``reasons``, or to all if empty. With a ``schedule`` (cron, UTC) it is active for
    ``duration_seconds`` after each time of the schedule.
    """

    nodes: int | str = "10%"
    reasons: tuple[str, ...] = ()
    schedule: str = ""
    duration_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Disruption:
    """How nodes of a pool are removed (karpenter.sh/v1 spec.disruption and expireAfter).

    ``consolidate_after`` None and ``expire_after`` None mean never. ``drain_seconds`` is the
    longest that a drain takes (terminationGracePeriod); None if it takes as long as it needs.
    """

    when_underutilized: bool = True
    consolidate_after: int | None = 0
    expire_after: int | None = None
    budgets: tuple[NodeBudget, ...] = (NodeBudget(),)
    drain_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class NodePool:
    """A pool from which new nodes may be launched.

    ``limits`` cap the pool's total capacity per resource, its "nodes" and, by USD_PER_HOUR, its
    cost. ``opt_in_keys`` are labels that a pod must constrain to be placed here: the built-in arm64
    pool has one, because amd64 images do not run on arm64. ``spot_types`` is how many instance
    types should be able to run the pods of each spot node, if possible types that are sold on spot
    in ``spot_zones`` zones. ``desired`` are the nodes that it always runs: the desired size of a
    node group, or that of a NodePool which a plan wrote. ``replicas`` is the fixed number of nodes
    of a static NodePool, which launches no others; None for one that launches what pods need.
    ``startup_taints`` are on a node until somebody takes them away: no plan counts them.
    ``least_nodes`` are never taken away: a node group's smallest size.
    """

    name: str
    requirements: Requirements = field(default_factory=Requirements)
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[Taint, ...] = ()
    limits: tuple[tuple[str, int], ...] = ()
    weight: int = 0
    node_class: NodeClass = field(default_factory=NodeClass)
    opt_in_keys: tuple[str, ...] = ()
    spot_types: int = 0
    spot_zones: int = 1
    desired: tuple[DesiredNodes, ...] = ()
    replicas: int | None = None
    disruption: Disruption = field(default_factory=Disruption)
    source: str = DEFAULT_SOURCE
    launched_by: Launcher = Launcher.KARPENTER
    startup_taints: tuple[Taint, ...] = ()
    least_nodes: int = 0

    @property
    def kind(self) -> str:
        """What its users call it."""
        if self.launched_by.is_node_group:
            return self.launched_by.value
        return "NodePool" if self.replicas is None else "static NodePool"

    def owns(self, labels: Mapping[str, str]) -> bool:
        """Return whether a node with these labels is one of the pool's."""
        if not self.launched_by.is_node_group:
            return labels.get(names.NODEPOOL) == self.name
        group = labels.get(names.EKS_NODE_GROUP)
        if self.launched_by is Launcher.MANAGED_NODE_GROUP and group is not None:
            return group == self.name
        return group is None and labels.get(names.EKSCTL_NODE_GROUP) == self.name

    @property
    def wants_choice(self) -> bool:
        """True if the pods of a node must leave a choice of types, or of other values."""
        return self.spot_types > 1 or any(
            item.min_values for item in self.requirements.by_key.values()
        )


def owner_of(labels: Mapping[str, str], pools: Iterable[NodePool]) -> str:
    """Return the name of the pool that a node with these labels is of; empty if none's."""
    return next((pool.name for pool in pools if pool.owns(labels)), "")
