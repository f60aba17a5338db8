"""NodePool and NodeClass: what may be launched, and how it is configured.

Law: values only; the meaning of requirements is Karpenter's (kubestow.model.requirements).
"""

from dataclasses import dataclass, field

from kubestow.model.requirements import Requirements
from kubestow.model.taints import Taint

GIB = 2**30
MIB = 2**20
DEFAULT_SOURCE = "built-in default"


@dataclass(frozen=True, slots=True)
class NodeClass:
    """How a node of a pool is set up, as far as it decides what fits on it.

    Reserved and eviction amounts are None where the AMI's own default holds. Memory and storage
    are in bytes, cpu in millicpu. ``max_pods`` overrides the CNI's density; ``pods_at_most`` caps
    it, on up to 30 vCPU and on more, as managed node groups and EKS Auto Mode do.
    """

    name: str = "default"
    ami_family: str = "AL2023"
    max_pods: int | None = None
    pods_per_core: int | None = None
    pods_at_most: tuple[int, int] | None = None
    kube_reserved: tuple[tuple[str, int], ...] = ()
    system_reserved: tuple[tuple[str, int], ...] = ()
    eviction_hard: tuple[tuple[str, str], ...] = ()
    root_volume_bytes: int = 20 * GIB
    block_devices: int = 1
    raid0_instance_store: bool = False


@dataclass(frozen=True, slots=True)
class Networking:
    """How the VPC CNI hands out pod addresses."""

    prefix_delegation: bool = False
    custom_networking: bool = False


@dataclass(frozen=True, slots=True)
class DesiredNodes:
    """Nodes of one offering that a pool runs whether pods ask for them or not.

    An empty ``zone`` means all zones of the pool, evenly.
    """

    instance_type: str
    zone: str
    capacity_type: str
    count: int


@dataclass(frozen=True, slots=True)
class NodeBudget:
    """How many nodes of a pool may be disrupted at once: a number, or a share rounded up.

    ``reasons`` it holds for, all where empty; with a ``schedule`` (cron, UTC) it is active for
    ``duration_seconds`` after each instant of it.
    """

    nodes: int | str = "10%"
    reasons: tuple[str, ...] = ()
    schedule: str = ""
    duration_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Disruption:
    """How nodes of a pool are taken away (karpenter.sh/v1 spec.disruption and expireAfter).

    ``consolidate_after`` None means never; ``expire_after`` None: nodes live as long as they like.
    """

    when_underutilized: bool = True
    consolidate_after: int | None = 0
    expire_after: int | None = None
    budgets: tuple[NodeBudget, ...] = (NodeBudget(),)


@dataclass(frozen=True, slots=True)
class NodePool:
    """A pool new nodes may be launched from.

    ``limits`` caps the pool's total capacity per resource, its "nodes", and its cost by
    USD_PER_HOUR. ``opt_in_keys`` are labels a pod must constrain itself to be placed here: the
    built-in arm64 pool uses it, because an amd64 image does not run on arm64. ``spot_types`` is a
    wish: how many instance types on spot could carry the pods of each spot node, if possible types
    that are on spot in ``spot_zones`` zones. ``desired`` are the nodes it is to run in any case:
    the desired size of a node group, or what a plan said of a NodePool that it wrote.
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
    disruption: Disruption = field(default_factory=Disruption)
    source: str = DEFAULT_SOURCE

    @property
    def wants_choice(self) -> bool:
        """True where a node's pods must leave other types, or other values, to launch for them."""
        return self.spot_types > 1 or any(
            item.min_values for item in self.requirements.by_key.values()
        )
