"""What Prometheus reads of a controller: what it has done, what runs, and whether it goes on.

Names begin with kubestow_controller_, since a cluster's own (kubestow.web.metrics) may be scraped
beside them.
"""

from collections import Counter as Counts
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from kubestow.live.claims import NOBODYS
from kubestow.live.witness import DELETE, END, EVICT, LAUNCH, Deed, SeenTurn
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import Phase

_PREFIX = "kubestow_controller_"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_NO_REASON = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a controller stands now: asked for when metrics are read."""

    is_leading: bool
    is_halted: bool
    age_seconds: float
    lag_seconds: float


class ControllerMetrics:
    """A Witness (kubestow.live.witness). Any thread may read and tell."""

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self._registry = made = CollectorRegistry(auto_describe=False)
        self._current = _Current(standing)
        made.register(self._current)
        self._turns = Counter(f"{_PREFIX}turns", "Turns of the loop.", registry=made)
        self._seconds = Histogram(
            f"{_PREFIX}turn_seconds", "What a step of a turn took: observe, decide, execute.",
            ["step"], buckets=_SECONDS, registry=made,
        )  # fmt: skip
        self._decisions = Counter(
            f"{_PREFIX}decisions", "Actions that were decided, by kind.", ["kind"], registry=made
        )
        self._done = {
            LAUNCH: self._by_reason("launches", "Instances that were launched."),
            END: self._by_reason("terminations", "Instances that were ended."),
            EVICT: self._by_reason("evictions", "Pods that were evicted, or deleted by force."),
        }
        self._done[DELETE] = self._done[EVICT]
        self._refusals = Counter(
            f"{_PREFIX}refusals", "Actions that were refused or held back.",
            ["action", "reason"], registry=made,
        )  # fmt: skip

    def _by_reason(self, name: str, text: str) -> Counter:
        return Counter(f"{_PREFIX}{name}", text, ["reason"], registry=self._registry)

    def did(self, deed: Deed) -> None:
        """Count a deed."""
        if not deed.is_done:
            self._refusals.labels(deed.what, deed.result).inc()
        elif deed.what in self._done:
            self._done[deed.what].labels(deed.reason or _NO_REASON).inc()

    def turned(self, turn: SeenTurn) -> None:
        """Count a turn."""
        self._turns.inc()
        for step, seconds in (
            ("observe", turn.observed_seconds),
            ("decide", turn.decided_seconds),
            ("execute", turn.done_seconds),
        ):
            self._seconds.labels(step).observe(seconds)
        for kind, count in Counts(type(item).__name__ for item in turn.decision.actions).items():
            self._decisions.labels(kind).inc(count)
        self._current.turn = turn

    def forget_turn(self) -> None:
        """Forget what the last turn saw: it begins to lead, or leads no more."""
        self._current.turn = None

    def text(self) -> bytes:
        """Return the metrics as Prometheus reads them."""
        return generate_latest(self._registry)


class _Current(Collector):
    """What is true now, and what the last turn saw."""

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self._standing = standing
        self.turn: SeenTurn | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield every gauge that is known."""
        now = self._standing()
        yield _one("leader", "1 if it holds the Lease, or needs none.", float(now.is_leading))
        yield _one("halted", "1 if the Lease says stop.", float(now.is_halted))
        yield _one("idle_seconds", "How long the loop has not gone on.", now.age_seconds)
        text = "How long the API server has not been heard of."
        yield _one("observation_lag_seconds", text, now.lag_seconds)
        turn = self.turn
        if turn is None or not now.is_leading:
            return
        own = [claim for claim in turn.seen.nodeclaims if claim.nodepool != NOBODYS]
        nodes = GaugeMetricFamily(
            f"{_PREFIX}nodes", "Nodes that it launched, by state.", labels=["state"]
        )
        states = Counts(claim.phase for claim in own)
        for phase in Phase:
            nodes.add_metric([phase.value], states[phase])
        yield nodes
        cost = sum(claim.nano_usd_per_hour for claim in own) / NANO_USD
        yield _one("cost_usd_per_hour", "What these nodes cost.", cost)
        pending = sum(not pod.node_name for pod in turn.seen.cluster.pods)
        yield _one("pods_pending", "Pods that wait for a node.", pending)


def _one(name: str, text: str, number: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}{name}", text, value=number)
