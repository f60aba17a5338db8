"""Adoption: who manages a cluster's nodes, and what a change-over to or from kubestow takes.

Money is integer nano-USD an hour; instants are seconds since 1970, UTC.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from kubestow.model.finding import Report
from kubestow.model.migration import Migration, Request
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.survey import LaunchGroup

OWN_FINALIZER = "kubestow.dev/termination"
"""The finalizer of Nodes that kubestow launched (kubestow.live.marks)."""
OWN_PREFIX = "kubestow.dev/"
"""How the annotations begin that kubestow writes on its Nodes (kubestow.live.marks)."""
KARPENTER_FINALIZER = "karpenter.sh/termination"
"""Of Karpenter's Nodes and NodeClaims (karpenter v1.14 pkg/apis/v1/labels.go)."""
REPLICAS_BEFORE = "kubestow.dev/replicas-before-adoption"
"""The annotation of a Deployment that was scaled to 0: how many replicas it had."""
SIZES_BEFORE = "kubestow.dev/sizes-before-adoption"
"""The annotation of Cluster Autoscaler's Deployment: the groups' nodes, as general=3,batch=2."""
SELF_MANAGED = "self-managed/"
"""Before the name of a group there that is not EKS's."""
LEASE_SECONDS = 60
"""A Lease that was renewed within so long is held (kubestow.controller.rivals)."""
SEEN_NAMESPACES = ("kube-system", "karpenter")
"""Where 'kubestow run' looks for Karpenter's Lease (kubestow.controller.rivals)."""


class Manager(StrEnum):
    """Who launches nodes and ends them."""

    KARPENTER = "Karpenter"
    CLUSTER_AUTOSCALER = "Cluster Autoscaler"
    AUTO_MODE = "EKS Auto Mode"
    FARGATE = "Fargate"
    KUBESTOW = "kubestow"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ManagerDeployment:
    """A Deployment that runs a manager of nodes. ``arguments`` are those of its containers."""

    manager: Manager
    namespace: str
    name: str
    replicas: int = 0
    ready: int = 0
    arguments: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """namespace/name."""
        return f"{self.namespace}/{self.name}"

    @property
    def note(self) -> dict[str, str]:
        """Its annotations."""
        return dict(self.annotations)


@dataclass(frozen=True, slots=True)
class SeenLease:
    """A Lease by which a manager shows that it runs; ``renewed_at`` None if it was never."""

    manager: Manager
    namespace: str
    name: str
    holder: str = ""
    renewed_at: int | None = None

    def is_held(self, at: int) -> bool:
        """Return whether it is held at an instant."""
        fresh = self.renewed_at is not None and at - self.renewed_at < LEASE_SECONDS
        return bool(self.holder) and fresh


@dataclass(frozen=True, slots=True)
class SeenNodeClaim:
    """A NodeClaim of Karpenter's."""

    name: str
    node: str
    nodepool: str = ""
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagerObjects:
    """What a cluster shows of its managers.

    ``is_live`` is False for files: whether a Lease is renewed cannot be told from them.
    ``unread`` are what could not be read, in words.
    """

    deployments: tuple[ManagerDeployment, ...] = ()
    leases: tuple[SeenLease, ...] = ()
    nodeclaims: tuple[SeenNodeClaim, ...] = ()
    is_live: bool = True
    unread: tuple[str, ...] = ()

    def deployment(self, manager: Manager) -> ManagerDeployment | None:
        """Return the Deployment of a manager: one that runs, else one that is there."""
        own = [item for item in self.deployments if item.manager is manager]
        return max(own, key=lambda item: item.replicas, default=None)

    def running(self, manager: Manager) -> tuple[ManagerDeployment, ...]:
        """Return the Deployments of a manager that have replicas."""
        own = (item for item in self.deployments if item.manager is manager)
        return tuple(item for item in own if item.replicas or item.ready)

    def runs(self, manager: Manager, at: int) -> bool:
        """Return whether a manager is running at an instant."""
        if any(item.is_held(at) for item in self.leases if item.manager is manager):
            return True
        own = [item for item in self.deployments if item.manager is manager]
        return any(item.ready > 0 for item in own)


@dataclass(frozen=True, slots=True)
class ManagedNodes:
    """Nodes of one group under one manager.

    ``nano_usd_per_hour`` leaves out the ``unpriced`` ones; ``pods`` are those that would move. The
    ``unfit`` nodes can run nothing more of kubestow's: NotReady, cordoned or of another system.
    """

    manager: Manager
    group: LaunchGroup
    nodes: tuple[str, ...]
    pods: int
    nano_usd_per_hour: int
    unpriced: int = 0
    is_tainted: bool = False
    unfit: frozenset[str] = frozenset()

    @property
    def fit(self) -> tuple[str, ...]:
        """The nodes on which kubestow can run: Ready, schedulable, Linux."""
        return tuple(name for name in self.nodes if name not in self.unfit)


@dataclass(frozen=True, slots=True)
class Home:
    """The nodes that stay, on which kubestow itself runs; ``is_part`` of a group that shrinks."""

    group: LaunchGroup
    nodes: tuple[str, ...]
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class OfferedPool:
    """A NodePool made from the nodes of a group; ``ami_alias`` is empty if it is not known."""

    pool: NodePool
    group: LaunchGroup
    ami_alias: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """A change-over ``of`` a manager's nodes ``to`` another.

    ``moving`` are the nodes to leave. Where it ``keeps_groups`` there are none: ``kept`` are the
    node groups that the other scales from then on. ``migration`` is None where nothing is moved;
    ``plan`` is that of the nodes that take their place. ``after`` is None where no plan was made.
    """

    of: Manager
    to: Manager
    cluster_name: str
    eks_cluster: str
    region: str
    at: int
    groups: tuple[ManagedNodes, ...]
    objects: ManagerObjects
    moving: tuple[str, ...]
    home: Home | None
    report: Report
    migration: Migration | None = None
    request: Request | None = None
    plan: Plan | None = None
    before: int = 0
    after: int | None = None
    offered: tuple[OfferedPool, ...] = field(default_factory=tuple)
    keeps_groups: bool = False
    kept: tuple[str, ...] = ()

    @property
    def is_back(self) -> bool:
        """True for the way back from kubestow."""
        return self.of is Manager.KUBESTOW
