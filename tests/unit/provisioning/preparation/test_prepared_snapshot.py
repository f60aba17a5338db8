"""The prepared snapshot: a complete value that planning does not change."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.provision import provision
from kubestow.testing import daemonset, node, nodepool, pod, replicas, snapshot

POOLS = (nodepool("a"), nodepool("b"))


def test_candidates_are_the_existing_nodes_and_then_the_offerings_pool_by_pool() -> None:
    found = prepare(snapshot([pod("p")], nodes=(node("n"),), nodepools=POOLS), POOLS)
    assert found.existing == 1
    assert found.candidates[0].name == "n"
    assert found.pool_of.tolist() == sorted(found.pool_of.tolist())
    assert {found.candidates[i].nodepool for i in np.flatnonzero(found.pool_of == 1)} == {"b"}
    assert found.sold_as[1][0] == "a"


def test_a_class_is_carried_where_it_may_run_and_has_room() -> None:
    nodes = (node("small", cpu="1"), node("large"), node("far", zone="zone-b"))
    item = pod("p", "2", node_selector=((names.ZONE, "zone-a"),))
    found = prepare(snapshot([item], nodes=nodes, nodepools=()), ())
    assert found.carries(0).tolist() == [False, True, False]
    assert found.carries(0) is found.carries(0)


def test_a_new_node_too_small_for_its_daemonsets_carries_nothing() -> None:
    state = snapshot([pod("p", "1m", "1Mi")], daemonsets=(daemonset("huge", cpu="3"),))
    found = prepare(state, state.cluster.nodepools)
    carried = {found.candidates[i].instance_type for i in np.flatnonzero(found.carries(0))}
    assert "m5.large" not in carried
    assert "m5.4xlarge" in carried


def test_label_values_that_pods_ask_of_a_pool_are_offered() -> None:
    pool = nodepool("p", ("cores", "Exists", []), ("team", "Exists", []))
    term = NodeSelectorTerm((SelectorRequirement("cores", "Gt", ("7",)),))
    pods = [pod("a", node_selector=(("team", "x"),)), pod("b", node_affinity=(term,))]
    found = prepare(snapshot(pods, nodepools=(pool,)), (pool,))
    assert {c.labels["team"] for c in found.candidates} == {"kubestow", "x"}
    assert "8" in {c.labels["cores"] for c in found.candidates}


def test_afresh_pods_are_planned_for_wherever_they_are() -> None:
    running = [pod("p", node="n")]
    there = prepare(snapshot(running, nodes=(node("n"),)), POOLS)
    assert [c.demand for c in there.pod_classes] == [0]
    afresh = prepare(snapshot(running), POOLS, afresh=True)
    assert [c.demand for c in afresh.pod_classes] == [1]


def test_planning_changes_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[PreparedSnapshot] = []

    def kept(*arguments: object, **options: object) -> PreparedSnapshot:
        made.append(prepare(*arguments, **options))  # type: ignore[arg-type] # as it is called
        return made[-1]

    monkeypatch.setattr("kubestow.provisioning.provision.prepare", kept)
    pods = (*replicas(9, "web", "1"), pod("gated", scheduling_gates=("wait",)))
    provision(snapshot(pods), POOLS, work_limit=WORK_LIMIT // 40)
    (found,) = made
    fresh = prepare(snapshot(pods), POOLS)
    assert [c.demand for c in found.classes] == [c.demand for c in fresh.classes]
    assert np.array_equal(found.free, fresh.free)
    assert (found.content, found.bound_pods) == (fresh.content, fresh.bound_pods)


def test_it_cannot_be_changed() -> None:
    found = prepare(snapshot([pod("p")], nodes=(node("n"),)), POOLS)
    with pytest.raises(FrozenInstanceError):
        found.rules = []  # type: ignore[misc] # that is what is tried
    with pytest.raises(ValueError, match="read-only"):
        found.free[0, 0] = 0
