"""Who must leave before the first wave, and by which means: tables whose rows are sentences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.migration.start import Start, lost
from kubestow.model.migration import EVICT, LOST, RESTART, SCALE, PlannedLaunch, Request
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.model.workload import Workload
from kubestow.testing import node, pod, selector

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]

ROLLS = Workload("Deployment", "default", "web", 1, max_unavailable=0, max_surge=1)
RECREATES = replace(ROLLS, strategy="Recreate")
DATA = {("default", "data"): PersistentVolumeClaim("default", "data")}
SHARED = {
    ("default", "data"): PersistentVolumeClaim("default", "data", access_modes=("ReadWriteMany",))
}


def budget(name: str, least: int) -> DisruptionBudget:
    return DisruptionBudget("default", name, selector(app="web"), 0, least)


@pytest.mark.parametrize(
    ("pods", "more", "means"),
    [
        pytest.param({"nodes": 2}, {}, EVICT, id="one of several replicas is evicted"),
        pytest.param({"owner": None}, {}, LOST, id="a bare pod is lost"),
        pytest.param({}, {"workloads": (ROLLS,)}, RESTART, id="a single replica is rolled out"),
        pytest.param(
            {}, {"workloads": (RECREATES,)}, SCALE, id="or scaled where a rollout would go below"
        ),
        pytest.param(
            {"kind": "StatefulSet"}, {}, EVICT, id="a StatefulSet's gets no successor beside it"
        ),
        pytest.param(
            {"claims": ("data",)},
            {"workloads": (ROLLS,), "claims": DATA},
            EVICT,
            id="nor does a volume that no second node can have",
        ),
        pytest.param(
            {"claims": ("data",)},
            {"workloads": (ROLLS,), "claims": SHARED},
            RESTART,
            id="a volume that many nodes can have is no matter",
        ),
        pytest.param(
            {"nodes": 2},
            {"disruption_budgets": (budget("one", 1),)},
            EVICT,
            id="a budget that lets one go is met by eviction",
        ),
        pytest.param(
            {"nodes": 2},
            {"disruption_budgets": (budget("all", 2),)},
            SCALE,
            id="a budget that lets none go is met by one replica more",
        ),
        pytest.param(
            {"nodes": 2},
            {"disruption_budgets": (budget("more", 3),)},
            EVICT,
            id="unless one more is not enough either",
        ),
        pytest.param(
            {"nodes": 2},
            {"disruption_budgets": (budget("one", 1), budget("two", 1))},
            EVICT,
            id="two budgets are not met by scaling",
        ),
        pytest.param(
            {"nodes": 2},
            {
                "disruption_budgets": (budget("one", 1), budget("two", 1)),
                "workloads": (replace(ROLLS, replicas=2),),
            },
            RESTART,
            id="but by a rollout, which asks no budget",
        ),
    ],
)
def test_by_which_means_a_pod_leaves(
    pods: dict[str, Any], more: dict[str, Any], means: str,
    workload_pods: Make, cluster: Clusters, request_of: Requests,
) -> None:  # fmt: skip
    options = dict(pods)
    where = ["old-1"] * options.pop("nodes", 1)
    start = Start(cluster(*workload_pods("web", where, **options), **more), request_of(), ())
    assert {start.means[number] for number in start.all_movers} == {means}
    assert len(start.successors) == (means in (RESTART, SCALE))


def test_only_pods_on_the_nodes_that_are_left_move_and_those_of_the_node_stay(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    agent = replace(pod("agent-x", node="old-1"), daemonset="kube-system/agent")
    pods = workload_pods("web", ["old-1", "new-1", "old-2"])
    start = Start(cluster(agent, *pods), request_of(), ())
    assert start.movers == {"old-1": [1], "old-2": [3]}
    assert start.node_names() == ("new-1",)


def test_pods_that_come_with_a_launch_are_numbered_after_those_of_the_input(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    launch = PlannedLaunch(node("new-9"), (pod("agent-new-9", node="new-9"),))
    start = Start(cluster(*workload_pods("web", ["old-1", "old-2"])), request_of(), (launch,))
    assert start.arrivals == {"new-9": [2]}
    assert start.cluster.pods[2].name == "agent-new-9"
    assert not any(item.node_name for item in start.cluster.pods)


def test_pods_that_wait_may_be_placed_but_not_those_with_a_gate(
    cluster: Clusters, request_of: Requests
) -> None:
    gated = pod("gated", scheduling_gates=("wait",))
    refused = replace(pod("refused"), rejected="over the LimitRange")
    start = Start(cluster(pod("waits"), gated, refused), request_of(), ())
    assert start.waiting == (0,)


def test_a_single_replica_without_a_successor_is_down_while_it_moves(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    single = workload_pods("db", ["old-1"], kind="StatefulSet")
    pair = workload_pods("web", ["old-1", "old-2"])
    start = Start(cluster(*single, *pair), request_of(), ())
    assert [start.is_down(number) for number in start.all_movers] == [True, False, False]


def test_a_claim_that_is_made_with_its_pod_has_no_volume_on_the_new_node(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    (made,) = workload_pods("web", ["old-1"], claims=("data",))
    bound = replace(DATA["default", "data"], volume_name="pv-1")
    for ephemeral, volume in ((("data",), ""), ((), "pv-1")):
        given = cluster(
            replace(made, ephemeral_claims=ephemeral), claims={("default", "data"): bound}
        )
        start = Start(given, request_of(), ())
        assert start.cluster.claims["default", "data"].volume_name == volume


def test_pods_that_nothing_makes_anew_are_named(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    (bare,) = workload_pods("bare", ["old-1"], owner=None)
    start = Start(cluster(*workload_pods("web", ["old-1", "old-2"]), bare), request_of(), ())
    assert list(lost(start)) == [2]
