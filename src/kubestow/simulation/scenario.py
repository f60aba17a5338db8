"""Scenario: what happens in a simulation whatever the policy does: workloads, faults, durations.

Law: values only. Instants are whole seconds, UTC; ``start`` is when a simulation begins.
"""

from dataclasses import dataclass, field, replace

from kubestow.model.pod import PodTemplate
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import STANDING, SpotPrices

MONDAY = 1_767_571_200
"""2026-01-05 00:00 UTC, the start where nothing else is said."""


@dataclass(frozen=True, slots=True)
class ServiceLoad:
    """A Deployment whose replicas change: (instant, replicas) in order, the first at the start."""

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    replicas: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BatchLoad:
    """Like pods of a Job that come at given instants and run for so long, if nothing evicts them.

    ``arrivals`` are (instant, seconds); None runs to the end of the simulation.
    """

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    arrivals: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Durations:
    """How long things take, in seconds. Estimates: the order of what users report on EKS.

    ``request`` from a decision to EC2's answer, ``register`` from there to a Node object, ``ready``
    from that to Ready; ``pod_start`` from binding to Ready and ``pod_stop`` from eviction to gone.
    """

    request: int = 3
    register: int = 27
    ready: int = 15
    pod_start: int = 8
    pod_stop: int = 10
    eviction_retry: int = 10


NODE_GROUP = Durations(request=15, register=60, ready=20)
"""An Auto Scaling group notices its new size, launches, and the node joins: over a minute."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, by seed. All rates are zero in a world without faults.

    ``interruptions_per_hour`` of each spot node; ``insufficient`` the share of time that an
    offering on spot has no capacity, in half hours; ``unregistered`` the share of nodes that never
    join; ``slow_stop`` of evicted pods that take six times as long; ``throttled`` of launches that
    EC2 answers half a minute late; ``stale`` of observations that are the one before; ``doubled``
    of decisions carried out twice; ``forgetful`` of turns before which the controller is restarted
    without its memory. ``recommended`` is the share of interruptions with a rebalance
    recommendation before, ``recommended_for_nothing`` how often an hour a spot node gets one that
    no interruption follows.
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


NO_FAULTS = Faults()
SPOT_FAULTS = Faults(interruptions_per_hour=0.02, insufficient=0.1)
REBALANCE_FAULTS = replace(SPOT_FAULTS, recommended=0.7, recommended_for_nothing=0.01)
"""The shares are assumptions: AWS publishes none, only that recommendations are a best effort."""
ALL_FAULTS = Faults(0.05, 0.15, 0.02, 0.03, 0.05, 0.1, 0.05, 0.05, 0.01, 0.5, 0.02)
FAULTS = {
    "none": NO_FAULTS, "spot": SPOT_FAULTS, "rebalance": REBALANCE_FAULTS, "all": ALL_FAULTS,
}  # fmt: skip
"""Sets of faults by name."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything but the policy. ``base`` holds no pods and no nodes: they come as time passes.

    ``left_out`` are notes on what is not as the input has it.
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

    @property
    def end(self) -> int:
        """When the simulation ends."""
        return self.start + self.seconds
