"""Simulated: what was simulated, and what it came to, as figures and curves.

Law: values only; money is integer nano-USD, time whole seconds.
"""

from dataclasses import dataclass

from kubestow.model.spot_prices import STANDING, SpotPrices


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was simulated: the conditions that all policies share."""

    workload: str
    region: str
    seed: int
    faults: str
    start: int
    seconds: int
    notes: tuple[str, ...] = ()
    spot_prices: SpotPrices = STANDING


@dataclass(frozen=True, slots=True)
class Point:
    """The cluster at an instant, for a curve; ``rate`` is nano-USD an hour."""

    at: int
    rate: int
    nodes: int
    pods: int
    pending: int
    cpu_asked: int
    cpu_there: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. Money in nano-USD, waits in seconds.

    ``seconds`` is how long it ran, ``last_action_at`` when the policy last did anything, both from
    the start; ``nano_usd`` what all nodes cost until the end, ``nano_usd_per_hour`` what those of
    the end cost, ``bound`` the least that a fleet for its last pods could, where it was proven.
    ``pods`` counts every pod that waited for a node, those made anew too; ``pending`` still did at
    the end. ``killed`` pods were on nodes that EC2 took back.
    """

    policy: str
    seed: int
    seconds: int
    nano_usd: int
    nano_usd_per_hour: int  # at the end
    nodes: int
    nodes_peak: int
    launched: int
    failed_launches: int
    pods: int
    pending: int
    pending_pod_seconds: int
    wait_p50: int
    wait_p99: int
    evictions: int
    preemptions: int
    interruptions: int
    killed: int
    idle_cpu_share: float
    decisions: int
    events: int
    last_action_at: int
    bound: int | None
    curve: tuple[Point, ...]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class TracePod:
    """A row of a trace: when a pod comes and for how long it runs (None: to the end)."""

    arrival_seconds: int
    duration_seconds: int | None
    cpu_milli: int
    memory_mib: int
