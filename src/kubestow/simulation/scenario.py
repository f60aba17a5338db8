"""Scenario: what happens in a simulation whatever the policy does: workloads, faults, durations.

Values only. Instants are whole seconds, UTC; ``start`` is when a simulation begins.
"""

from dataclasses import dataclass, field, replace

from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.pod import PodTemplate
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import STANDING, SpotPrices

MONDAY = 1_767_571_200
"""2026-01-05 00:00 UTC, the default start."""


@dataclass(frozen=True, slots=True)
class ServiceLoad:
    """A Deployment whose ``replicas`` change: (instant, count) in order, the first at the start.

    ``claims`` are the volume claims of its pods. With a ``pod_name`` it is one pod of a
    StatefulSet, which is there or not: its successor has the same name, and comes when the pod is
    gone. ``nodes`` has the node of each pod that runs before the start.
    """

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    replicas: tuple[tuple[int, int], ...]
    eviction: EvictionTerms | None = None
    claims: tuple[str, ...] = ()
    pod_name: str = ""
    nodes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the controller."""
        return "StatefulSet" if self.pod_name else "Deployment"


@dataclass(frozen=True, slots=True)
class BatchLoad:
    """Identical pods of a Job that come at given instants and complete unless they are evicted.

    ``arrivals`` are (instant, seconds to run); None runs to the end of the simulation. ``nodes``
    has the node of each pod that runs before the start, and to the end.
    """

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    arrivals: tuple[tuple[int, int | None], ...]
    eviction: EvictionTerms | None = None
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Durations:
    """How long things take, in seconds. Estimates, of the order that users report on EKS.

    ``request`` is from a decision to EC2's answer, ``register`` from there to a Node object,
    ``ready`` from that to Ready; ``pod_start`` from binding to Ready, ``pod_stop`` from eviction to
    removal. ``provision``, ``attach`` and ``detach`` are of EBS volumes, before a pod starts and
    after it has left.
    """

    request: int = 3
    register: int = 27
    ready: int = 15
    pod_start: int = 8
    provision: int = 5
    attach: int = 8
    detach: int = 5
    pod_stop: int = 10
    eviction_retry: int = 10


NODE_GROUP = Durations(request=15, register=60, ready=20)
"""With an Auto Scaling group: it notices its new size and launches; the node joins."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, by seed. All rates are zero in a world without faults.

    ``interruptions_per_hour`` is the rate of each spot node. The others but the last are shares:
    ``insufficient`` of the half hours in which a spot offering has no capacity; ``unregistered`` of
    nodes that never join; ``slow_stop`` of evicted pods that take six times as long; ``throttled``
    of launches that EC2 answers half a minute late; ``stale`` of observations that repeat the one
    before; ``doubled`` of decisions carried out twice; ``forgetful`` of turns before which the
    controller restarts without its memory; ``recommended`` of interruptions with a rebalance
    recommendation before. ``recommended_for_nothing`` is how often an hour a spot node gets one
    that no interruption follows. ``lost`` are bindings to held nodes, and openings of those,
    that never reach the API server, ``late`` those that reach it seconds after the decision.
    """

    interruptions_per_hour: float = 0.0
    insufficient: float = 0.0
    insufficient_on_demand: float = 0.0
    unregistered: float = 0.0
    slow_stop: float = 0.0
    throttled: float = 0.0
    stale: float = 0.0
    doubled: float = 0.0
    forgetful: float = 0.0
    recommended: float = 0.0
    recommended_for_nothing: float = 0.0
    lost: float = 0.0
    late: float = 0.0


NO_FAULTS = Faults()
SPOT_FAULTS = Faults(interruptions_per_hour=0.02, insufficient=0.1)
REBALANCE_FAULTS = replace(SPOT_FAULTS, recommended=0.7, recommended_for_nothing=0.01)
"""The shares are assumptions: AWS says only that recommendations are a best effort."""
ALL_FAULTS = Faults(0.05, 0.15, 0.02, 0.03, 0.05, 0.1, 0.05, 0.05, 0.01, 0.5, 0.02, 0.05, 0.05)
FAULTS = {
    "none": NO_FAULTS, "spot": SPOT_FAULTS, "rebalance": REBALANCE_FAULTS, "all": ALL_FAULTS,
}  # fmt: skip
"""Sets of faults by name."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything but the policy. ``base`` has no pods and no nodes: they come as time passes.

    ``nodes`` are those that are there at the start, with their DaemonSets' pods. ``left_out`` are
    notes on what differs from the input.
    """

    base: Snapshot
    services: tuple[ServiceLoad, ...] = ()
    batches: tuple[BatchLoad, ...] = ()
    start: int = MONDAY
    seconds: int = 86_400
    durations: Durations = field(default_factory=Durations)
    faults: Faults = NO_FAULTS
    seed: int = 0
    left_out: tuple[str, ...] = ()
    spot_prices: SpotPrices = STANDING
    nodes: tuple[NodeClaim, ...] = ()

    @property
    def end(self) -> int:
        """When the simulation ends."""
        return self.start + self.seconds
