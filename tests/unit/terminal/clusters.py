"""Clusters for the tests of the terminal view, and who watches them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kubestow.live.lookout import Sight
from kubestow.model.observed import ClusterEvent, NodeCondition, NodeDetails, Observed, PodDetails
from kubestow.terminal.top_state import TopState
from kubestow.testing import catalog, instance_type, node, pod, snapshot
from kubestow.usecases.survey import survey
from kubestow.views.cluster_view import MinimumView, cluster_view
from kubestow.views.settings import Settings

NOW = 1_795_000_000
HOSTILE = "[red]x[/red] \x1b[2J\u202e [/]"
POOL = {"karpenter.sh/nodepool": "general", "karpenter.sh/capacity-type": "on-demand"}
SPOT = {"karpenter.sh/nodepool": "spot", "karpenter.sh/capacity-type": "spot"}
TYPE = {"node.kubernetes.io/instance-type": "m5.xlarge"}
READY = NodeCondition("Ready", "True", "KubeletReady", "kubelet is ready", NOW - 300)


class FakeLookout:
    """A Lookout that sees what it is told."""

    name = "shop"

    def __init__(self, sight: Sight | None) -> None:
        self.sight = sight
        self._heard: list[Callable[[], None]] = []

    def on_change(self, heard: Callable[[], None]) -> None:
        """Call a function after each sight."""
        self._heard.append(heard)

    def see(self, sight: Sight) -> None:
        """See something."""
        self.sight = sight
        for heard in self._heard:
            heard()


def sight_of(count: int = 3, number: int = 1, *, gap: float | None = None, **facts: Any) -> Sight:
    """Return a sight of nodes n-0, n-1, ... with two pods each; n-1 is spot, and one pod waits."""
    shop_pods = [
        pod(f"web-{n}-{m}", "500m", "1Gi", namespace="shop", node=f"n-{n}")
        for n in range(count)
        for m in range(2)
    ]
    waiting = pod("big-0", "64", "1Gi", namespace="batch")
    nodes = tuple(
        node(f"n-{n}", labels={**(SPOT if n == 1 else POOL), **TYPE}, unschedulable=n == 2)
        for n in range(count)
    )
    prices = catalog((instance_type("m5.xlarge", 4, 16), 0.236), spot=0.4)
    made = snapshot((*shop_pods, waiting), catalog_of=prices, nodes=nodes)
    events = (
        ClusterEvent(
            "Pod", "batch", "big-0", "Warning", "FailedScheduling",
            facts.pop("event", "0/3 nodes are available"), 12, NOW - 60, "default-scheduler",
        ),
    )  # fmt: skip
    observed = Observed(
        "shop",
        replace(made, at=NOW),
        {item.name: NodeDetails(NOW - 86_400, (READY,), **facts) for item in nodes},
        {"batch/big-0": PodDetails(NOW - 600, "Pending", 0, 1, 0, "no room")},
        events,
    )
    surveyed = survey(observed)
    minimum = None if gap is None else MinimumView(0.4, 0.45, gap, "2026-11-18T00:00:00Z")
    view = cluster_view(surveyed, Settings(), minimum)
    return Sight(number, observed, surveyed, view, 0.1)


def state_of(sight: Sight | None, **fields: Any) -> TopState:
    """Return the state of an app that watches a sight."""

    def explain(seen: Sight, key: str) -> Any:
        raise AssertionError(f"{key} is not to be explained")

    return TopState(FakeLookout(sight), fields.pop("explain", explain), **fields)
