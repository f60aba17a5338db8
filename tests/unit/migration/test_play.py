"""Waves played on the scheduling core: where pods come to, and where a play stops."""

from collections.abc import Callable

import pytest

from kubestow.migration.play import Play, Step, Stop, restarts
from kubestow.migration.start import Start
from kubestow.model import labels as names
from kubestow.model.migration import BUDGET, PLACEMENT, PlannedLaunch, Request
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.workload import Workload
from kubestow.testing import affinity_term, node, pod, selector

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]
OLD_1, OLD_2 = Step((), ("old-1",)), Step((), ("old-2",))
APART = (affinity_term(names.HOSTNAME, app="web"),)
ROLLS = Workload("Deployment", "default", "web", 1, max_unavailable=0, max_surge=1)


def test_a_wave_moves_the_pods_of_its_nodes_and_takes_the_nodes_away(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    play = Play(Start(cluster(*workload_pods("web", ["old-1", "old-2"])), request_of(), ()))
    assert play.wave(OLD_1) is None
    assert play.where == {0: "new-1", 1: "old-2"}
    assert play.alive == ["old-2", "new-1"]
    assert play.wave(OLD_2) is None
    assert set(play.where.values()) == {"new-1"}
    assert play.waves == 2


def test_no_pod_moves_to_another_node_that_will_be_left(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(*workload_pods("web", ["old-1", "old-1"]), new=0)
    stop = Play(Start(given, request_of(), ())).wave(OLD_1)
    assert stop is not None
    assert (stop.kind, stop.refused) == (PLACEMENT, ("NodeUnschedulable",))


def test_a_launched_node_is_there_with_its_daemonsets_before_the_drain(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    launch = PlannedLaunch(node("new-9"), (pod("agent-new-9", node="new-9"),))
    given = cluster(*workload_pods("web", ["old-1", "old-2"]), new=0)
    play = Play(Start(given, request_of(), (launch,)))
    assert play.wave(Step(("new-9",), ("old-1",))) is None
    assert play.where == {0: "new-9", 1: "old-2", 2: "new-9"}


def test_an_eviction_that_is_refused_is_tried_again_once_a_successor_runs(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    budget = DisruptionBudget("default", "web", selector(app="web"), 0, 1)
    pods = workload_pods("web", ["old-1", "old-1"], kind="StatefulSet")
    play = Play(Start(cluster(*pods, disruption_budgets=(budget,)), request_of(), ()))
    assert play.wave(OLD_1) is None
    assert set(play.where.values()) == {"new-1"}


def test_a_play_stops_at_the_budget_that_lets_nobody_go(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    budget = DisruptionBudget("default", "web", selector(app="web"), 0, 2)
    pods = workload_pods("web", ["old-1", "old-2"], kind="StatefulSet")
    stop = Play(Start(cluster(*pods, disruption_budgets=(budget,)), request_of(), ())).wave(OLD_1)
    assert isinstance(stop, Stop)
    assert (stop.kind, stop.pod, stop.objects) == (BUDGET, 0, ("default/web",))


def test_a_play_stops_at_the_pod_that_finds_no_node(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-2", "new-1"], anti_affinity=APART)
    stop = Play(Start(cluster(*pods), request_of(), ())).wave(OLD_1)
    assert stop is not None
    assert (stop.kind, stop.pod) == (PLACEMENT, 0)
    assert "InterPodAffinity" in stop.refused


def test_a_rolled_out_workload_is_restarted_once_with_its_successor_first(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    start = Start(cluster(*workload_pods("web", ["old-1"]), workloads=(ROLLS,)), request_of(), ())
    group = ("default", "Deployment", "web")
    assert restarts(start, ["old-1", "old-2"]) == [group]
    assert restarts(start, ["old-2"]) == []
    play = Play(start)
    assert play.wave(OLD_1) is None
    assert play.restarted == (group,)
    assert play.where == {0: "new-1"}


def test_a_copy_goes_on_another_way(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    first = Play(Start(cluster(*workload_pods("web", ["old-1", "old-2"])), request_of(), ()))
    other = first.copy()
    assert other.wave(OLD_1) is None
    assert first.where == {0: "old-1", 1: "old-2"}
    assert (first.waves, other.waves) == (0, 1)
    assert "old-1" in first.alive


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_the_same_seed_gives_the_same_play(
    seed: int | None, workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1"] * 3 + ["old-2"] * 2, "300m")
    start = Start(cluster(*pods, new=3), request_of(), ())
    one, same = Play(start, seed), Play(start, seed)
    assert (one.wave(OLD_1), one.wave(OLD_2)) == (same.wave(OLD_1), same.wave(OLD_2))
    assert one.where == same.where
