"""Simulated: what was simulated, and its results as figures and curves.

Money is integer nano-USD, time whole seconds.
"""

from dataclasses import dataclass

from kubestow.model.spot_prices import STANDING, SpotPrices


@dataclass(frozen=True, slots=True)
class Simulated:
    """The conditions of a simulation, which all policies share."""

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
    """The cluster at an instant, for a curve; ``rate`` is in nano-USD per hour."""

    at: int
    rate: int
    nodes: int
    pods: int
    pending: int
    cpu_asked: int
    cpu_there: int


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run. Money is in nano-USD, waits are in seconds.

    ``seconds`` is how long it ran, ``last_action_at`` when the policy last acted, both from the
    start. ``nano_usd`` is the total cost of all nodes, ``nano_usd_per_hour`` the cost of the nodes
    at the end, ``bound`` the proven minimum for the pods at the end, if known. ``pods`` counts all
    pods that waited for a node, including recreated ones; ``pending`` still waited at the end.
    ``killed`` pods were on nodes that EC2 reclaimed.
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
    """A row of a trace: when a pod arrives and how long it runs (None: until the end)."""

    arrival_seconds: int
    duration_seconds: int | None
    cpu_milli: int
    memory_mib: int
