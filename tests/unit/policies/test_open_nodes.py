"""Nodes in the making: what still fits, and what never will again."""

import numpy as np

from kubestow.policies.open_nodes import OpenNodes
from kubestow.provisioning.packing.problem import Item, PackingProblem
from kubestow.provisioning.packing.problem_builder import build_problem
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import affinity_term, replicas, snapshot


def problem() -> PackingProblem:
    """Return two kinds of pods, the second alone on its node, and five types."""
    pods = (
        *replicas(3, "web", "1", "1Gi"),
        *replicas(2, "db", "1", "1Gi", labels={"app": "db"},
                  anti_affinity=(affinity_term("kubernetes.io/hostname", app="db"),)),
    )  # fmt: skip
    state = snapshot(pods)
    prepared = prepare(state, pools_of(state.cluster))
    items = [Item(((c.index, 1),), c.demand) for c in prepared.pod_classes]
    return build_problem(prepared, items, None, [frozenset({0})] * len(items))


def test_bins_that_are_too_small_for_the_load_are_dropped() -> None:
    found = problem()
    crowd = OpenNodes(found)
    number = crowd.open(np.ones(len(found.bins), dtype=bool))
    before = crowd.fitting(number, 0).sum()
    for _ in range(3):
        crowd.add(number, 0, crowd.fitting(number, 0))
    assert crowd.fitting(number, 0).sum() < before
    assert crowd.pods[number] == 3


def test_pods_that_exclude_each_other_do_not_share_a_node() -> None:
    found = problem()
    crowd = OpenNodes(found)
    number = crowd.open(np.ones(len(found.bins), dtype=bool))
    crowd.add(number, 1, crowd.fitting(number, 1))
    assert not crowd.fitting(number, 1).any()
    assert crowd.fitting(number, 0).any()


def test_only_an_empty_node_is_taken_back() -> None:
    found = problem()
    crowd = OpenNodes(found)
    crowd.open(np.ones(len(found.bins), dtype=bool))
    crowd.close()
    assert len(crowd) == 0


def test_more_nodes_than_the_first_room_are_held() -> None:
    found = problem()
    crowd = OpenNodes(found)
    for _ in range(200):
        number = crowd.open(np.ones(len(found.bins), dtype=bool))
        crowd.add(number, 0, crowd.fitting(number, 0))
    assert crowd.pods[:200].tolist() == [1] * 200
    assert crowd.loads[199] == {0: 1}
