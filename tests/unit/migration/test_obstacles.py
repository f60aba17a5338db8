"""What stops a migration in every order, found before any is played."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.migration.obstacles import certain_obstacles, fits, obstacle_of
from kubestow.migration.start import Start
from kubestow.model import labels as names
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    PLACEMENT,
    PROTECTED,
    SEVERAL_BUDGETS,
    PlannedLaunch,
    Request,
)
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.taints import Taint
from kubestow.testing import node, pod, selector, spread

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]


ASKS_TO_STAY = EvictionTerms(do_not_disrupt=True)


def budget(name: str, least: int) -> DisruptionBudget:
    return DisruptionBudget("default", name, selector(app="web"), 0, least)


@pytest.mark.parametrize(
    ("pods", "more", "expected"),
    [
        pytest.param({}, {}, [], id="a workload that fits elsewhere has nothing in its way"),
        pytest.param({"owner": None}, {}, [BARE] * 2, id="nothing makes bare pods anew"),
        pytest.param({"eviction": ASKS_TO_STAY}, {}, [PROTECTED] * 2, id="pods that ask to stay"),
        pytest.param(
            {"kind": "StatefulSet"},
            {"disruption_budgets": (budget("all", 2),)},
            [BUDGET] * 2,
            id="a budget that never lets one go",
        ),
        pytest.param(
            {"kind": "StatefulSet"},
            {"disruption_budgets": (budget("one", 2), budget("two", 2))},
            [SEVERAL_BUDGETS] * 2,
            id="two budgets that never do",
        ),
        pytest.param(
            {"node_selector": (("disk", "ssd"),)}, {}, [PLACEMENT] * 2, id="no node takes them"
        ),
        pytest.param(
            {"spread": (spread(names.ZONE, app="web"),)},
            {},
            [],
            id="a constraint that other pods can meet",
        ),
        pytest.param({"cpu": "3"}, {}, [CAPACITY], id="too little for all of them, said once"),
    ],
)
def test_what_stops_pods_in_every_order(
    pods: dict[str, Any], more: dict[str, Any], expected: list[str],
    workload_pods: Make, cluster: Clusters, request_of: Requests,
) -> None:  # fmt: skip
    options = dict(pods)
    cpu = options.pop("cpu", "500m")
    given = cluster(*workload_pods("web", ["old-1", "old-2"], cpu, **options), **more)
    found = certain_obstacles(Start(given, request_of(), ()))
    assert [obstacle.kind for obstacle in found] == expected
    assert all(obstacle.always for obstacle in found)


@pytest.mark.parametrize("facts", [{"owner": None}, {"eviction": ASKS_TO_STAY}])
def test_by_force_bare_and_protected_pods_have_nothing_in_their_way(
    facts: dict[str, Any], workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(*workload_pods("web", ["old-1"], **facts))
    assert certain_obstacles(Start(given, request_of(force=True), ())) == ()


def test_an_obstacle_knows_the_pod_its_node_and_its_owner(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    start = Start(cluster(*workload_pods("web", ["old-1", "old-2"])), request_of(), ())
    found = obstacle_of(start, 1, PLACEMENT, detail="no node", refused=("NodeAffinity",))
    assert (found.pod, found.node, found.owner) == (
        "default/web-1",
        "old-2",
        ("Deployment", "web"),
    )
    assert (found.detail, found.refused) == ("no node", ("NodeAffinity",))


def test_a_placement_obstacle_names_the_filters_that_refuse_the_successor(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(*workload_pods("web", ["old-1"]), new=0)
    tainted = node("new", taints=(Taint("team", "", "NoSchedule"),))
    (found,) = certain_obstacles(
        Start(replace(given, nodes=(*given.nodes, tainted)), request_of(), ())
    )
    assert (found.kind, found.refused) == (PLACEMENT, ("TaintToleration",))


@pytest.mark.parametrize(
    ("agent", "is_enough"), [((), True), ((pod("agent", "3800m", node="spare"),), False)]
)
def test_a_pod_fits_a_launch_beside_the_daemonsets_pods_that_come_with_it(
    agent: tuple[Pod, ...], is_enough: bool,
    workload_pods: Make, cluster: Clusters, request_of: Requests,
) -> None:  # fmt: skip
    start = Start(cluster(*workload_pods("web", ["old-1"])), request_of(), ())
    assert fits(start, 0, PlannedLaunch(node("spare"), agent)) is is_enough
