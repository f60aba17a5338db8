"""Headroom and spot diversity: what is held, and which spot nodes too little could replace."""

from kubestow.model.instance_type import Price
from kubestow.model.plan import Alternative, LaunchList, Unschedulable
from kubestow.testing import pod, snapshot
from kubestow.views.resilience_view import headroom_view, spot_diversity_view

from .plans import plan, planned

SPOT = (
    (("zone-a", 5), ("zone-b", 5)),  # what the NodePool offers
    (("zone-a", 5), ("zone-b", 5)),
    (("zone-a", 5), ("zone-b", 2)),  # what is large enough
    (("zone-a", 5),),
)
ON_DEMAND = Alternative("m5.large", "zone-a", "on-demand", Price(96_000_000, "a list"))


def test_without_placeholder_pods_there_is_no_headroom() -> None:
    assert headroom_view(plan(), snapshot([pod("web")])) is None


def test_headroom_adds_up_its_placeholder_pods() -> None:
    held = [pod(f"held-{n}", "500m", "1Gi", namespace="kubestow-headroom") for n in range(3)]
    left = (Unschedulable(held[0].key, ()), Unschedulable("default/web", ()))
    view = headroom_view(plan(unschedulable=left), snapshot([*held, pod("web")]))
    assert view is not None
    assert (view.pods, view.unplaced, view.cpu, view.memory) == (3, 1, "1500m", "3072Mi")
    assert view.pod_requests == {"cpu": "500m", "memory": "1024Mi"}


def test_a_spot_node_falls_short_at_the_first_step_that_leaves_too_few() -> None:
    nodes = (planned("s", launch=LaunchList((), 9, SPOT, ON_DEMAND)), planned("on-demand"))
    view = spot_diversity_view(plan(*nodes), 3, 2)
    assert (view.spot_nodes, len(view.nodes)) == (1, 1)
    short = view.nodes[0]
    assert (short.node, short.narrowed_by, short.types_by_zone) == ("s", "Resources", {"zone-a": 5})
    assert short.on_demand is not None
    assert short.on_demand.usd_per_hour == 0.096
    assert "allow larger types, or raise the limits" in short.message


def test_a_spot_node_with_enough_of_both_is_only_counted() -> None:
    node = planned("s", launch=LaunchList((), 9, SPOT))
    view = spot_diversity_view(plan(node), 5, 1)
    assert (view.spot_nodes, view.nodes) == (1, ())
