"""Migration: the waves that move pods from some nodes to others, or what stops them.

Law: data only; sentences and commands are made in kubestow.report. Money is integer nano-USD.
"""

from dataclasses import dataclass

from kubestow.model.node import Node
from kubestow.model.pod import Pod

EVICT, RESTART, SCALE, LOST = "Evict", "RollingRestart", "ScaleUp", "Lost"
"""By which means a pod leaves: evicted; replaced by its Deployment's rollout, successor first;
evicted beside a temporary replica; gone for good."""

JOB = "Job"
BARE, PROTECTED = "NoController", "DoNotDisrupt"
SEVERAL_BUDGETS, BUDGET = "SeveralBudgets", "DisruptionBudget"
PLACEMENT, CAPACITY = "Placement", "Capacity"
"""What may stop a pod: nothing makes it anew, it asks to be left alone, more than one disruption
budget covers it, a budget never allows it to go, no node takes its successor, all nodes together
are too small."""

LAUNCH_SECONDS = 120
"""From the launch of an instance until its node is Ready: boot, kubelet, CNI."""
READY_SECONDS = 40
"""From the binding of a pod until it is Ready: image pull, start, readiness probe."""
VOLUME_SECONDS = 60
"""To detach an EBS volume from the old node and attach it to the new one."""
RETRY_SECONDS = 5
"""kubectl drain asks again after this long where a budget refused (kubectl drain, 1.34)."""
NODE_GROUP_SECONDS = 900
"""What an update of a managed node group waits for a node's pods to leave before it fails with
PodEvictionFailure, unless forced (EKS User Guide, managed node group update behaviour)."""


@dataclass(frozen=True, slots=True)
class PlannedLaunch:
    """A node that can be launched, with the pods of DaemonSets that come with it."""

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
    """What is asked for: drain ``sources``, with ``launches`` to come.

    ``spares`` are nodes of which copies may be launched where that is not enough: as many as
    ``spares_max``. There are never more than ``surge`` nodes beyond those of the beginning; None
    is no limit. ``max_parallel`` nodes are drained at a time. With ``force`` bare pods are lost
    and pods that ask not to be disrupted are moved.
    """

    sources: tuple[str, ...]
    launches: tuple[PlannedLaunch, ...] = ()
    spares: tuple[PlannedLaunch, ...] = ()
    spares_max: int = 0
    surge: int | None = None
    max_parallel: int = 1
    force: bool = False
    prices: tuple[tuple[str, int], ...] = ()  # nano-USD an hour, of existing nodes by name


@dataclass(frozen=True, slots=True)
class PodMove:
    """A pod leaves a node; ``budgets`` are the disruption budgets that cover it."""

    pod: str
    node: str
    means: str
    budgets: tuple[str, ...] = ()
    grace_seconds: int = 0
    has_volumes: bool = False


@dataclass(frozen=True, slots=True)
class WorkloadMove:
    """A workload that is restarted, or gets one more replica for the time."""

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
    """What stops a pod. ``always``: in every order; else in all orders that were tried.

    ``object`` names the disruption budgets, ``detail`` is the scheduler's message or the
    budget's figures, ``refused`` the filters that refuse its successor.
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
    """What a pod does not take along: emptyDir or hostPath volumes, its work, or itself."""

    pod: str
    kind: str
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migration:
    """The whole answer: waves that end, or the obstacles in their way.

    ``landed`` says for each moved pod the node it came to in the first order that was played,
    ``orders`` how many were; ``spares_used`` nodes were launched beyond the launches asked for,
    and with ``spares_needed`` of them it would end. ``down`` are pods without a stand-in while
    they move.
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
        """Tell whether the migration is shown to end."""
        return not self.obstacles
