"""What Prometheus reads: a cluster's cost, its minimum, and how well it is observed."""

import time
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from kubestow.live.lookout import Lookout, Sight
from kubestow.views.advice_view import AdviceView
from kubestow.views.cluster_view import ClusterView, by_group

_PREFIX = "kubestow_"
_NO_FILTER = "about to run"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text(lookout: Lookout) -> bytes:
    """Return the metrics of what was seen last."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(lookout))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that is known."""
        sight = self._lookout.sight
        yield _one("up", "1 once the cluster has been observed.", float(sight is not None))
        if sight is None:
            return
        yield from _of_cluster(sight.view)
        yield from _of_observing(sight)
        if sight.advice is not None:
            yield from _of_advice(sight.advice)


def _one(name: str, text: str, number: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}{name}", text, value=number)


def _of_cluster(view: ClusterView) -> Iterator[Metric]:
    yield _one(
        "cost_usd_per_hour",
        "What the nodes cost, and reserved ones that do not run.",
        view.cost.usd_per_hour,
    )
    unused = sum(item.unused_usd_per_hour for item in view.reservations)
    text = "The part of it that is paid for reserved nodes that do not run."
    yield _one("unused_reservations_usd_per_hour", text, unused)
    yield _one("nodes_without_price", "Nodes without a known price.", view.unpriced_nodes)
    yield _one("pods", "Pods, Pending ones too.", view.pods)
    if view.minimum is not None:
        least = view.minimum
        yield _one("minimum_usd_per_hour", "The proven minimum.", least.usd_per_hour)
        text = "The cheapest plan found."
        yield _one("cheapest_usd_per_hour", text, least.cheapest_usd_per_hour)
        if least.gap is not None:
            yield _one("gap_ratio", "Cost over the proven minimum, less 1.", least.gap)
    pending = GaugeMetricFamily(
        f"{_PREFIX}pods_pending", "Pending pods by the filter that refuses them.", labels=["reason"]
    )
    waiting: Counter[str] = Counter()
    for item in view.pending:
        waiting[item.reason or _NO_FILTER] += len(item.pods)
    for reason, count in sorted(waiting.items()):
        pending.add_metric([reason], count)
    yield pending
    yield from _of_groups(view)


def _of_groups(view: ClusterView) -> Iterator[Metric]:
    labels = ["kind", "group"]
    nodes = GaugeMetricFamily(f"{_PREFIX}nodes", "Nodes by who launches them.", labels=labels)
    cost = GaugeMetricFamily(
        f"{_PREFIX}group_cost_usd_per_hour", "What they cost.", labels=labels
    )  # fmt: skip
    requested = GaugeMetricFamily(
        f"{_PREFIX}requested_ratio",
        "Requested of what the nodes offer to pods.",
        labels=[*labels, "resource"],
    )
    for (kind, name), members in by_group(view.nodes).items():
        nodes.add_metric([kind, name], len(members))
        cost.add_metric([kind, name], sum(node.usd_per_hour or 0.0 for node in members))
        for resource in ("cpu", "memory"):
            found = [node.cpu if resource == "cpu" else node.memory for node in members]
            there = sum(item.allocatable for item in found)
            if there:
                share = sum(item.requested for item in found) / there
                requested.add_metric([kind, name, resource], share)
    yield from (nodes, cost, requested)


def _of_observing(sight: Sight) -> Iterator[Metric]:
    text = "How long the API server has not been heard of."
    yield _one("observation_lag_seconds", text, sight.lag_seconds)
    yield _one("observation_seconds", "How long the last observation took.", sight.took_seconds)
    at = sight.survey.at
    yield _one("observation_age_seconds", "Age of the observation.", max(0.0, time.time() - at))


def _of_advice(advice: AdviceView) -> Iterator[Metric]:
    text = "What could be saved without moving what must stay."
    yield _one("saving_usd_per_hour", text, advice.saving.usd_per_hour)
    text = "What DaemonSets and static pods request of the nodes."
    yield _one("daemonsets_usd_per_hour", text, advice.daemon_sets.usd_per_hour)
    waste = GaugeMetricFamily(
        f"{_PREFIX}waste_usd_per_hour", "Cost above the cheapest plan by cause.", labels=["cause"]
    )
    for item in advice.wastes:
        waste.add_metric([item.cause], item.usd_per_hour)
    yield waste
    decisions = GaugeMetricFamily(
        f"{_PREFIX}advised_nodes", "Nodes that a policy would remove or launch.",
        labels=["policy", "action"],
    )  # fmt: skip
    counts: Counter[tuple[str, str]] = Counter()
    for decision in advice.decisions:
        counts[decision.policy, "remove"] += len(decision.removes)
        counts[decision.policy, "launch"] += decision.launches.nodes
    for labels, count in sorted(counts.items()):
        decisions.add_metric(list(labels), count)
    yield decisions
