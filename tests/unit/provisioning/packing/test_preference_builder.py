"""Preferences as numbers of a packing problem."""

from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.model.taints import Taint
from kubestow.provisioning.packing.problem import Item, PackingProblem
from kubestow.provisioning.packing.problem_builder import build_problem
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import affinity_term, node, nodepool, pod, snapshot, spread

SOFT = Preferences(
    spread=(spread(names.ZONE, app="web"),),
    anti_affinity=((1, affinity_term(names.HOSTNAME, app="web")),
                   (5, affinity_term("failure-domain.beta.kubernetes.io/zone", app="web"))),
)  # fmt: skip
WEB = pod("web", labels={"app": "web"}, preferences=SOFT)


def problem(*, heeds: bool = True, **cluster: Any) -> PackingProblem:
    running = pod("old", labels={"app": "web"}, node="n")
    there = node("n", zone="zone-b")
    state = snapshot([WEB, running], nodes=(there,), **cluster)
    pools = state.cluster.nodepools
    prepared = prepare(state, pools, heeds_preferences=heeds)
    return build_problem(prepared, [Item(((0, 1),), 1)], None, [frozenset({0})], prune=False)


def test_they_are_told_only_to_who_heeds_them() -> None:
    assert problem(heeds=False).preferences is None
    assert problem().preferences is not None


def test_terms_are_ordered_by_weight_and_know_whom_they_count() -> None:
    told = problem().preferences
    assert told is not None
    (item,) = told.of_item
    assert item is not None
    assert [t.key for t in item.anti_affinity] == [names.ZONE, names.HOSTNAME]
    assert all(held.tolist() == [1] for held in told.held.values())


def test_bins_are_apart_by_the_domains_that_preferences_look_at() -> None:
    told, plain = problem(), problem(heeds=False)
    assert told.preferences is not None
    zones = told.preferences.domains[names.ZONE]
    assert zones[0] == 1  # the node's zone-b, the second by name
    assert sorted(set(zones.tolist())) == [0, 1, 2]
    assert len(told.bins) == 1 + 3 * (len(plain.bins) - 1)


def test_bins_with_a_taint_to_avoid_are_known() -> None:
    taints = (Taint("team", "x", "PreferNoSchedule"),)
    told = problem(nodepools=(nodepool("p", taints=taints),)).preferences
    assert told is not None
    (item,) = told.of_item
    assert item is not None
    assert item.avoided is not None
    assert (item.avoided[0], item.avoided[1:].all()) == (False, True)
