"""Migration: the waves that move pods from some nodes to others, or what stops them.

Money is integer nano-USD.
"""

from dataclasses import dataclass

from kubestow.model.node import Node
from kubestow.model.pod import Pod

EVICT, RESTART, SCALE, LOST = "Evict", "RollingRestart", "ScaleUp", "Lost"
"""How a pod leaves: by eviction; by its Deployment's rollout, successor first; by eviction beside a
temporary replica; without a successor."""

JOB = "Job"
BARE, PROTECTED = "NoController", "DoNotDisrupt"
SEVERAL_BUDGETS, BUDGET = "SeveralBudgets", "DisruptionBudget"
PLACEMENT, CAPACITY = "Placement", "Capacity"
"""What may stop a pod: it has no controller, it must not be disrupted, several disruption budgets
cover it, a budget never allows its eviction, no node fits its successor, all nodes together are too
small."""

LAUNCH_SECONDS = 120
"""From the launch of an instance until its node is Ready: boot, kubelet, CNI."""
READY_SECONDS = 40
"""From the binding of a pod until it is Ready: image pull, start, readiness probe."""
VOLUME_SECONDS = 60
"""To detach an EBS volume from the old node and attach it to the new one."""
RETRY_SECONDS = 5
"""How long kubectl drain waits after an eviction that a budget refused (kubectl 1.34)."""
NODE_GROUP_SECONDS = 900
"""How long an update of a managed node group waits for a node's pods to leave before it fails with
PodEvictionFailure, unless forced (EKS User Guide, managed node group update behavior)."""


@dataclass(frozen=True, slots=True)
class PlannedLaunch:
    """A node that can be launched, with its DaemonSet pods."""

    node: Node
    pods: tuple[Pod, ...] = ()
    nano_usd_per_hour: int | None = None
    instance_type: str = ""
    zone: str = ""
    capacity_type: str = ""
    nodepool: str = ""
    model: str = ""  # the existing node it is a copy of


@dataclass(frozen=True, slots=True)
class Request:
    """A request to drain ``sources``, for which ``launches`` are to be launched.

    If these are not enough, up to ``spares_max`` copies of ``spares`` may be launched. There are
    never more than ``surge`` nodes beyond the initial ones; None means no limit. ``max_parallel``
    nodes are drained at a time. With ``force``, pods without a controller are lost and pods that
    must not be disrupted are moved.
    """

    sources: tuple[str, ...]
    launches: tuple[PlannedLaunch, ...] = ()
    spares: tuple[PlannedLaunch, ...] = ()
    spares_max: int = 0
    surge: int | None = None
    max_parallel: int = 1
    force: bool = False
    prices: tuple[tuple[str, int], ...] = ()  # nano-USD per hour, of existing nodes by name


@dataclass(frozen=True, slots=True)
class PodMove:
    """The move of a pod off a node; ``budgets`` are the disruption budgets that cover it."""

    pod: str
    node: str
    means: str
    budgets: tuple[str, ...] = ()
    grace_seconds: int = 0
    has_volumes: bool = False


@dataclass(frozen=True, slots=True)
class WorkloadMove:
    """A workload that is restarted, or temporarily gets one more replica."""

    kind: str
    namespace: str
    name: str
    replicas: int
    means: str
    autoscaler: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """Launch these nodes, cordon these, move these workloads, then drain these nodes."""

    launch: tuple[str, ...]
    cordon: tuple[str, ...]
    workloads: tuple[WorkloadMove, ...]
    drain: tuple[str, ...]
    moves: tuple[PodMove, ...]
    seconds: int = 0
    drain_seconds: int = 0


@dataclass(frozen=True, slots=True)
class MigrationObstacle:
    """What stops a pod: ``always`` in every order, otherwise in the orders that were tried.

    ``object`` names disruption budgets, ``detail`` is the scheduler's message or the budget's
    figures, ``refused`` are the filters that reject its successor.
    """

    kind: str
    pod: str
    node: str
    owner: tuple[str, str] | None = None
    object: tuple[str, ...] = ()
    detail: str = ""
    refused: tuple[str, ...] = ()
    always: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost with a pod: emptyDir or hostPath volumes, a Job's progress, or itself."""

    pod: str
    kind: str
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """A planned migration: waves that finish, or the obstacles.

    ``landed`` is the node of each moved pod in the first order that was played; ``orders`` is how
    many were played. ``spares_used`` nodes are launched beyond the requested ones; with
    ``spares_needed`` it would finish. ``down`` are pods whose workload has none running while they
    move.
    """

    sources: tuple[str, ...]
    waves: tuple[Wave, ...]
    obstacles: tuple[MigrationObstacle, ...]
    launched: tuple[PlannedLaunch, ...]
    landed: tuple[tuple[str, str], ...]
    orders: int
    spares_used: int
    spares_needed: int | None
    losses: tuple[Loss, ...]
    down: tuple[str, ...]
    waiting: tuple[str, ...]  # pods Pending before and after
    seconds: int
    overlap_nano_usd: int
    unpriced: tuple[str, ...]

    @property
    def ends(self) -> bool:
        """Return whether the migration is shown to finish."""
        return not self.obstacles
