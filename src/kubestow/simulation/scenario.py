"""Scenario: what happens in a simulation whatever the policy does: workloads, faults, durations.

Values only. Instants are whole seconds in UTC; ``start`` is the start of the simulation.
"""

from dataclasses import dataclass, field, replace

from kubestow.model.pod import PodTemplate
from kubestow.model.snapshot import Snapshot
from kubestow.model.spot_prices import STANDING, SpotPrices

MONDAY = 1_767_571_200
"""2026-01-05 00:00 UTC, the default start."""


@dataclass(frozen=True, slots=True)
class ServiceLoad:
    """A Deployment whose replicas change: (instant, replicas) in order, first at the start."""

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    replicas: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class BatchLoad:
    """Equal pods of a Job that arrive at given instants and run for a time, unless evicted.

    ``arrivals`` are (instant, seconds); None runs until the end of the simulation.
    """

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    arrivals: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Durations:
    """How long things take, in seconds; estimates of the magnitude that users report on EKS.

    ``request`` from a decision to EC2's response, ``register`` from there to a Node object,
    ``ready`` from that to Ready; ``pod_start`` from binding to Ready, ``pod_stop`` from eviction to
    removal.
    """

    request: int = 3
    register: int = 27
    ready: int = 15
    pod_start: int = 8
    pod_stop: int = 10
    eviction_retry: int = 10


NODE_GROUP = Durations(request=15, register=60, ready=20)
"""An Auto Scaling group notices its new size, launches, and the node joins after a minute."""


@dataclass(frozen=True, slots=True)
class Faults:
    """The rates of injected faults, by seed; zero means none.

    ``interruptions_per_hour`` is the rate per spot node. ``insufficient`` is the share of half
    hours in which a spot offering has no capacity, ``insufficient_on_demand`` that of on-demand
    offerings. ``unregistered`` is the share of nodes that never join, ``slow_stop`` of evicted pods
    that take six times as long, ``throttled`` of launches that EC2 delays by half a minute,
    ``stale`` of observations that repeat the previous one, ``doubled`` of decisions executed twice,
    ``forgetful`` of turns before which the controller restarts without its memory. ``recommended``
    is the share of interruptions preceded by a rebalance recommendation,
    ``recommended_for_nothing`` the hourly rate of recommendations per spot node that no
    interruption follows.
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
"""These rates are assumptions: AWS only says that recommendations are a best effort."""
ALL_FAULTS = Faults(0.05, 0.15, 0.02, 0.03, 0.05, 0.1, 0.05, 0.05, 0.01, 0.5, 0.02)
FAULTS = {
    "none": NO_FAULTS, "spot": SPOT_FAULTS, "rebalance": REBALANCE_FAULTS, "all": ALL_FAULTS,
}  # fmt: skip
"""Sets of faults by name."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything but the policy. ``base`` has no pods or nodes: they are added over time.

    ``left_out`` are notes on where the simulation differs from the input.
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
