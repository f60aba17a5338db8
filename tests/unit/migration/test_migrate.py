"""Migrations that end and those that do not, one rule at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubestow.migration.launches import model_of
from kubestow.migration.migrate import migrate
from kubestow.model import labels as names
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.migration import (
    BARE,
    BUDGET,
    CAPACITY,
    EVICT,
    LOST,
    PLACEMENT,
    PROTECTED,
    RESTART,
    SCALE,
    SEVERAL_BUDGETS,
    Migration,
    Request,
)
from kubestow.model.pod import Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.taints import Taint
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.model.workload import Workload
from kubestow.testing import ZONES, affinity_term, daemonset, node, pod, selector, spread

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]


def budget(app: str, least: int | str | None = None, most: int | str | None = None) -> Any:
    return DisruptionBudget("default", f"{app}-budget", selector(app=app), 0, least, most)


def means(found: Migration) -> set[str]:
    return {move.means for wave in found.waves for move in wave.moves}


def test_pods_leave_every_node_and_none_stays_pending(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-2"])
    found = migrate(cluster(*pods), request_of())
    assert found.ends
    assert dict(found.landed) == {f"default/web-{n}": "new-1" for n in range(3)}
    assert [wave.drain for wave in found.waves] == [("old-2",), ("old-1",)]  # fewest pods first
    assert found.waves[0].cordon == ("old-1", "old-2")
    assert found.waves[1].cordon == ()
    assert means(found) == {EVICT}


def test_daemonset_and_static_pods_stay(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    agent = replace(pod("agent-x", node="old-1"), daemonset="default/agent")
    static = workload_pods("proxy", ["old-1"], owner=("Node", "old-1"))
    found = migrate(cluster(agent, *static), request_of())
    assert found.ends
    assert not any(wave.moves for wave in found.waves)


def test_a_budget_of_as_many_as_there_are_is_met_by_a_rollout_or_never(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2"])
    kept = {"disruption_budgets": (budget("web", 2),)}
    whole = Workload("Deployment", "default", "web", 2, max_unavailable=0, max_surge=1)
    found = migrate(cluster(*pods, workloads=(whole,), **kept), request_of())
    assert found.ends
    assert means(found) == {RESTART}
    assert [w.name for wave in found.waves for w in wave.workloads] == ["web"]

    stateful = workload_pods("web", ["old-1", "old-2"], kind="StatefulSet")
    found = migrate(cluster(*stateful, **kept), request_of())
    assert [(o.kind, o.pod, o.object, o.always) for o in found.obstacles] == [
        (BUDGET, "default/web-0", ("default/web-budget",), True),
        (BUDGET, "default/web-1", ("default/web-budget",), True),
    ]
    assert found.obstacles[0].detail == "2 healthy, 2 must stay"
    assert not found.waves


def test_a_single_replica_gets_its_successor_first(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1"])
    kept = {"disruption_budgets": (budget("web", 1),)}
    rolled = Workload("Deployment", "default", "web", 1)  # 25 %: one more, none less
    assert means(migrate(cluster(*pods, workloads=(rolled,), **kept), request_of())) == {RESTART}
    recreated = replace(rolled, strategy="Recreate", autoscaler="web")
    found = migrate(cluster(*pods, workloads=(recreated,), **kept), request_of())
    assert means(found) == {SCALE}
    assert found.waves[0].workloads[0].autoscaler == "web"
    assert not found.down


def test_a_single_replica_of_a_rollout_gets_its_successor_first(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1"], kind="Rollout")
    kept = {"disruption_budgets": (budget("web", 1),)}
    rollout = Workload("Rollout", "default", "web", 1)
    assert means(migrate(cluster(*pods, workloads=(rollout,), **kept), request_of())) == {SCALE}


def test_a_single_replica_of_a_statefulset_is_down_unless_a_budget_forbids_it(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("db", ["old-1"], kind="StatefulSet")
    found = migrate(cluster(*pods), request_of())
    assert found.ends
    assert found.down == ("default/db-0",)
    found = migrate(cluster(*pods, disruption_budgets=(budget("db", None, 0),)), request_of())
    assert [o.kind for o in found.obstacles] == [BUDGET]


def test_a_percentage_of_all_is_not_met_by_one_replica_more(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1"], kind="ReplicaSet")
    found = migrate(cluster(*pods, disruption_budgets=(budget("web", "100%"),)), request_of())
    assert [o.kind for o in found.obstacles] == [BUDGET]


def test_two_budgets_on_a_pod_stop_its_eviction(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2"], kind="StatefulSet")
    both = (budget("web", 1), replace(budget("web", 0), name="other"))
    found = migrate(cluster(*pods, disruption_budgets=both), request_of())
    assert found.obstacles[0].kind == SEVERAL_BUDGETS
    assert found.obstacles[0].object == ("default/web-budget", "default/other")


def test_a_pod_without_a_controller_is_lost_by_force_only(
    cluster: Clusters, request_of: Requests
) -> None:
    bare = pod("debug", node="old-1")
    found = migrate(cluster(bare), request_of())
    assert [(o.kind, o.pod) for o in found.obstacles] == [(BARE, "default/debug")]
    found = migrate(cluster(bare), request_of(force=True))
    assert found.ends
    assert means(found) == {LOST}
    assert [(loss.pod, loss.kind) for loss in found.losses] == [("default/debug", LOST)]


def test_a_pod_that_asks_to_be_left_alone_is_moved_by_force_only(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods(
        "batch", ["old-1"], kind="Job", eviction=EvictionTerms(safe_to_evict=False)
    )
    assert [o.kind for o in migrate(cluster(*pods), request_of()).obstacles] == [PROTECTED]
    assert migrate(cluster(*pods), request_of(force=True)).ends


def test_local_data_is_told(workload_pods: Make, cluster: Clusters, request_of: Requests) -> None:
    pods = workload_pods("web", ["old-1", "old-2"], empty_dirs=("cache",), host_paths=("logs",))
    losses = migrate(cluster(*pods), request_of()).losses
    assert {(loss.kind, loss.volumes) for loss in losses} == {
        ("emptyDir", ("cache",)), ("hostPath", ("logs",)),
    }  # fmt: skip


def test_a_pod_that_only_the_old_nodes_satisfy_stops_it(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1"], node_selector=(("group", "old"),))
    found = migrate(cluster(*pods), request_of())
    assert [(o.kind, o.refused, o.always) for o in found.obstacles] == [
        (PLACEMENT, ("NodeAffinity",), True)
    ]
    assert found.obstacles[0].detail == (
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    )


def test_a_volume_binds_its_pod_to_the_zone(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    term = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", (ZONES[1],)),))
    held: dict[str, Any] = {
        "claims": {("default", "data"): PersistentVolumeClaim("default", "data", "gp3", "pv")},
        "volumes": {"pv": PersistentVolume("pv", (term,), claim=("default", "data", ""))},
    }
    pods = workload_pods("db", ["old-1"], kind="StatefulSet", claims=("data",))
    found = migrate(cluster(*pods, **held), request_of())
    assert [(o.kind, o.refused) for o in found.obstacles] == [(PLACEMENT, ("VolumeBinding",))]
    there = cluster(*pods, **held)
    there = replace(there, nodes=(*there.nodes, node("new-b", zone=ZONES[1])))
    found = migrate(there, request_of())
    assert found.landed == (("default/db-0", "new-b"),)


def test_what_is_too_small_altogether_is_told_at_once(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-2"], "1500m")
    found = migrate(cluster(*pods), request_of())
    assert [(o.kind, o.detail) for o in found.obstacles] == [
        (CAPACITY, "cpu: 4500m needed, 4 available")
    ]


def test_surge_launches_copies_of_the_nodes_to_go_to(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-2"], "1500m")
    agent = replace(pod("agent-x", "500m", node="new-1"), daemonset="kube-system/agent")
    given = cluster(agent, *pods)
    spare = model_of(given, given.nodes[2], 200)
    found = migrate(given, request_of(spares=(spare,), spares_max=2, surge=2))
    assert found.ends
    assert found.spares_used == 1
    (copy,) = found.launched
    assert (copy.model, copy.nano_usd_per_hour, len(copy.pods)) == ("new-1", 200, 1)
    assert found.waves[0].launch == (copy.node.name,)


def test_how_many_copies_would_do_is_told_where_none_may_be_launched(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2"], anti_affinity=(
        affinity_term(names.HOSTNAME, app="web"),))  # fmt: skip
    given = cluster(*pods)
    spare = model_of(given, given.nodes[2], None)
    found = migrate(given, request_of(spares=(spare,)))
    assert [(o.kind, o.always) for o in found.obstacles] == [(PLACEMENT, False)]
    assert found.spares_needed == 1
    assert not found.launched


def test_surge_launches_no_more_than_the_drained_nodes_make_room_for(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-2", "old-2"], "1500m")
    given = cluster(*pods, new=0)
    launches = tuple(
        replace(model_of(given, given.nodes[0], 1), node=replace(given.nodes[0], name=f"n{i}"))
        for i in range(2)
    )
    found = migrate(given, request_of(launches=launches, surge=1))
    assert [(len(w.launch), len(w.drain)) for w in found.waves] == [(1, 1), (1, 1)]
    found = migrate(given, request_of(launches=launches))
    assert [(len(w.launch), len(w.drain)) for w in found.waves] == [(2, 1), (0, 1)]


def test_max_parallel_drains_so_many_nodes_in_a_wave(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2"])
    found = migrate(cluster(*pods), request_of(max_parallel=2))
    assert [wave.drain for wave in found.waves] == [("old-1", "old-2")]


def test_spread_over_nodes_lets_the_pods_move_to_one_node(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    """Once the old nodes are gone the new one is the only domain, and the skew is 0."""
    constraint = (spread(names.HOSTNAME, 1, app="web"),)
    pods = workload_pods("web", ["old-1", "old-2"], spread=constraint)
    found = migrate(cluster(*pods), request_of())
    assert found.ends
    assert {where for _, where in found.landed} == {"new-1"}


def test_pods_that_were_pending_before_do_not_stop_it(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    huge = pod("huge", "64")
    found = migrate(cluster(*workload_pods("web", ["old-1"]), huge), request_of())
    assert found.ends
    assert found.waiting == ("default/huge",)


def test_taints_on_the_new_nodes_keep_pods_off(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(*workload_pods("web", ["old-1"]), new=0)
    tainted = node("new", taints=(Taint("dedicated", "", "NoSchedule"),))
    found = migrate(replace(given, nodes=(*given.nodes, tainted)), request_of())
    assert [o.refused for o in found.obstacles] == [("TaintToleration",)]


def test_an_unready_pod_under_a_budget_goes_first(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    """2 of 3 must stay and 2 are healthy: the third may go, and then the others one by one."""
    ready = workload_pods("web", ["old-1", "old-2"], kind="StatefulSet")
    broken = workload_pods("web", ["old-1"], kind="StatefulSet", is_ready=False)[0]
    pods = (*ready, replace(broken, name="web-9"))
    kept = cluster(*pods, disruption_budgets=(budget("web", 2),))
    assert migrate(kept, request_of(max_parallel=2)).ends
    stuck = cluster(*pods, disruption_budgets=(budget("web", 3),))
    assert [o.kind for o in migrate(stuck, request_of()).obstacles] == [BUDGET] * 3


def test_the_overlap_is_what_the_old_nodes_cost_until_each_is_gone(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    """Two waves of 40 s: both old nodes for the first, one for the second: 120 node-seconds."""
    pods = workload_pods("web", ["old-1", "old-2"])
    asked = request_of(prices=(("old-1", 360_000_000), ("old-2", 360_000_000)))
    found = migrate(cluster(*pods), asked)
    assert [wave.seconds for wave in found.waves] == [40, 40]
    assert found.overlap_nano_usd == 120 * 100_000
    assert found.unpriced == ()
    assert migrate(cluster(*pods), request_of()).unpriced == ("old-1", "old-2")


@pytest.mark.parametrize("grace", [10, 300])
def test_a_wave_takes_as_long_as_its_slowest_round(
    workload_pods: Make, cluster: Clusters, request_of: Requests, grace: int
) -> None:
    """A StatefulSet's pod is Ready after its grace and 40 s; a budget of 1 makes two rounds."""
    pods = workload_pods("db", ["old-1", "old-1"], kind="StatefulSet", grace_seconds=grace)
    kept = cluster(*pods, disruption_budgets=(budget("db", None, 1),))
    found = migrate(kept, request_of())
    assert sum(wave.seconds for wave in found.waves) == 2 * (grace + 40 + 5)


def test_daemonsets_come_with_the_nodes_of_a_plan() -> None:
    from kubestow import engine
    from kubestow.migration.launches import planned, to_plan
    from kubestow.model.workload import Lifecycle
    from kubestow.testing import snapshot
    from kubestow.verify import judge

    web = replace(pod("web-0", "1", "1Gi", node="old-1"), lifecycle=Lifecycle(("ReplicaSet", "w")))
    asked = Request(("old-1",))
    whole = snapshot([web], nodes=(node("old-1"),), daemonsets=(daemonset("agent"),))
    trimmed = replace(whole, cluster=to_plan(whole.cluster, asked))
    assert trimmed.cluster.nodes == ()
    plan = engine.plan(trimmed)
    assert judge(trimmed, plan, engine.pools_of(trimmed)) == ()
    launches = planned(plan.nodes, whole.cluster)
    assert [p.daemonset for launch in launches for p in launch.pods] == ["kube-system/agent"]
    found = migrate(whole.cluster, replace(asked, launches=launches))
    assert found.ends
    assert found.landed == (("default/web-0", launches[0].node.name),)
