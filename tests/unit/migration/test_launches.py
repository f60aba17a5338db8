from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow import engine
from kubestow.migration.launches import copy_of, model_of, planned, prices, to_plan
from kubestow.model import labels as names
from kubestow.model.migration import Request
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.model.workload import Workload
from kubestow.testing import GENERAL, catalog, daemonset, node, pod, snapshot

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]
LABELS = {
    names.INSTANCE_TYPE: "m5.large",
    names.CAPACITY_TYPE: "spot",
    names.NODEPOOL: "pool",
}


def test_the_new_nodes_of_a_plan_are_launched_with_their_daemonsets() -> None:
    given = snapshot([pod("a")], nodes=(node("old", "50m"),), daemonsets=(daemonset("agent"),))
    (launch,) = planned(engine.plan(given).nodes, given.cluster)
    assert (launch.instance_type, launch.nodepool, launch.model) == ("m5.large", "pool", "")
    assert launch.nano_usd_per_hour == 96_000_000
    assert [item.daemonset for item in launch.pods] == ["kube-system/agent"]
    assert {item.node_name for item in launch.pods} == {launch.node.name}


def test_what_is_planned_is_the_cluster_without_the_nodes_that_are_left(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    web = workload_pods("web", ["old-1", "new-1"])
    (bare,) = workload_pods("bare", ["old-2"], owner=None)
    left = to_plan(cluster(*web, bare), request_of())
    assert [item.name for item in left.nodes] == ["new-1"]
    assert [(item.name, item.node_name) for item in left.pods] == [
        ("web-0", ""),
        ("web-1", "new-1"),
    ]


def test_a_workload_that_is_rolled_out_needs_room_once_and_one_that_is_scaled_twice(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    (single,) = workload_pods("web", ["old-1"])
    rolled = Workload("Deployment", "default", "web", 1, max_unavailable=0, max_surge=1)
    for workloads, pods in (((rolled,), 1), ((replace(rolled, strategy="Recreate"),), 2)):
        left = to_plan(cluster(single, workloads=workloads), request_of())
        assert len(left.pods) == pods


def test_a_model_brings_the_pods_that_live_and_die_with_the_node() -> None:
    old = replace(node("old", labels=LABELS), unschedulable=True)
    agent = replace(pod("agent", node="old"), daemonset="kube-system/agent")
    model = model_of(Cluster(pods=(agent, pod("web", node="old")), nodes=(old,)), old, 7)
    assert not model.node.unschedulable
    assert [item.name for item in model.pods] == ["agent"]
    assert (model.instance_type, model.zone, model.capacity_type, model.nodepool) == (
        "m5.large",
        "zone-a",
        "spot",
        "pool",
    )
    assert (model.nano_usd_per_hour, model.model) == (7, "old")


def test_a_copy_has_a_name_of_its_own_and_remembers_its_model() -> None:
    old = node("old")
    agent = replace(pod("agent", node="old"), daemonset="kube-system/agent")
    model = model_of(Cluster(pods=(agent,), nodes=(old,)), old, 7)
    first, second = copy_of(model, 1), copy_of(model, 2)
    assert first.node.name != second.node.name != old.name
    assert dict(first.node.labels)[names.HOSTNAME] == first.node.name
    assert [item.node_name for item in first.pods] == [first.node.name]
    assert first.pods[0].name != second.pods[0].name
    assert copy_of(first, 2).model == first.model == "old"


@pytest.mark.parametrize(
    ("labels", "price"),
    [
        pytest.param({}, None, id="a node that does not name its type"),
        pytest.param({names.INSTANCE_TYPE: "m5.large"}, 96_000_000, id="on demand if not said"),
        pytest.param(LABELS, 28_800_000, id="as Karpenter bought it"),
        pytest.param(
            {names.INSTANCE_TYPE: "m5.large", names.MANAGED_CAPACITY_TYPE: "SPOT"},
            28_800_000,
            id="as a managed node group bought it",
        ),
        pytest.param(
            {names.INSTANCE_TYPE: "m5.large", names.MANAGED_CAPACITY_TYPE: "ON_DEMAND"},
            96_000_000,
            id="on demand in a managed node group",
        ),
        pytest.param({names.INSTANCE_TYPE: "m9.huge"}, None, id="a type the catalog has not"),
    ],
)
def test_an_existing_node_costs_what_the_catalog_says_of_its_labels(
    labels: dict[str, str], price: int | None
) -> None:
    found = prices(Cluster(nodes=(node("n", labels=labels),)), catalog(*GENERAL, spot=0.3))
    assert dict(found).get("n") == price
