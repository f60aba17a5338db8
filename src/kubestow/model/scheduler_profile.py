"""How a kube-scheduler is configured: its profiles, as far as they decide where pods go.

A profile has a name, which pods ask for by their schedulerName. What it does not set is as
Kubernetes 1.34 has it. Sources: pkg/scheduler/apis/config/v1/{defaults,default_plugins}.go and
the arguments of the plugins in k8s.io/kube-scheduler/config/v1/types_pluginargs.go.
"""

from dataclasses import dataclass, field

from kubestow.model.labels import HOSTNAME, ZONE
from kubestow.model.pod import SpreadConstraint
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.selectors import NodeSelectorTerm

DEFAULT_SCHEDULER = "default-scheduler"
LEAST_ALLOCATED = "LeastAllocated"
MOST_ALLOCATED = "MostAllocated"
REQUESTED_TO_CAPACITY_RATIO = "RequestedToCapacityRatio"


@dataclass(frozen=True, slots=True)
class ScoringStrategy:
    """How NodeResourcesFit scores a node.

    ``resources`` are names and weights, from 1 to 100, in their order; a name may come twice.
    ``shape`` are points of RequestedToCapacityRatio: utilization in percent, ascending, and the
    score there, from 0 to 10.
    """

    type: str = LEAST_ALLOCATED
    resources: tuple[tuple[str, int], ...] = ((CPU, 1), (MEMORY, 1))
    shape: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreWeights:
    """The weights of the score plugins; one that is disabled has 0."""

    taint_toleration: int = 3
    node_affinity: int = 2
    pod_topology_spread: int = 2
    inter_pod_affinity: int = 2
    node_resources_fit: int = 1
    node_resources_balanced_allocation: int = 1
    image_locality: int = 1
    others: bool = True
    """Whether another plugin scores: VolumeBinding, which gives every node the same."""

    @property
    def any(self) -> bool:
        """Whether nodes are scored at all; if not, the first that will do is taken."""
        return self.others or any((
            self.taint_toleration, self.node_affinity, self.pod_topology_spread,
            self.inter_pod_affinity, self.node_resources_fit,
            self.node_resources_balanced_allocation, self.image_locality,
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class AddedAffinity:
    """The node affinity that NodeAffinity adds to that of every pod of a profile."""

    required: tuple[NodeSelectorTerm, ...] | None = None
    preferred: tuple[tuple[int, NodeSelectorTerm], ...] = ()


@dataclass(frozen=True, slots=True)
class DefaultSpread:
    """The spread constraints of pods that have none of their own; their selectors are unset.

    ``hard`` are those with DoNotSchedule, ``soft`` those with ScheduleAnyway. Those of the system
    also count for nodes that lack one of their keys (``is_systems``).
    """

    soft: tuple[SpreadConstraint, ...] = (
        SpreadConstraint(HOSTNAME, 3, None),
        SpreadConstraint(ZONE, 5, None),
    )
    hard: tuple[SpreadConstraint, ...] = ()
    is_systems: bool = True


@dataclass(frozen=True, slots=True)
class SchedulerProfile:
    """A profile of a kube-scheduler.

    ``balanced`` are the resources of NodeResourcesBalancedAllocation. ``hard_affinity_weight`` is
    InterPodAffinity's hardPodAffinityWeight. ``percentage_scored`` is percentageOfNodesToScore; 0
    means that it depends on the number of nodes. ``preempts`` is whether DefaultPreemption is on.
    """

    name: str = DEFAULT_SCHEDULER
    fit: ScoringStrategy = field(default_factory=ScoringStrategy)
    weights: ScoreWeights = field(default_factory=ScoreWeights)
    balanced: tuple[str, ...] = (CPU, MEMORY)
    added_affinity: AddedAffinity = field(default_factory=AddedAffinity)
    default_spread: DefaultSpread = field(default_factory=DefaultSpread)
    hard_affinity_weight: int = 1
    ignores_preferences_of_others: bool = False
    percentage_scored: int = 0
    preempts: bool = True


DEFAULT_PROFILE = SchedulerProfile()


@dataclass(frozen=True, slots=True)
class SchedulerProfiles:
    """The profiles of all schedulers of a cluster, by name.

    There is always one of the name default-scheduler: the control plane's scheduler, which is
    as Kubernetes has it unless it is configured.
    """

    configured: tuple[SchedulerProfile, ...] = ()

    def get(self, name: str) -> SchedulerProfile | None:
        """Return the profile of a schedulerName; an empty one is default-scheduler."""
        wanted = name or DEFAULT_SCHEDULER
        for profile in self.configured:
            if profile.name == wanted:
                return profile
        return DEFAULT_PROFILE if wanted == DEFAULT_SCHEDULER else None

    def of(self, name: str) -> SchedulerProfile:
        """Return the profile of a pod; one that names no known profile is not scheduled."""
        return self.get(name) or DEFAULT_PROFILE
