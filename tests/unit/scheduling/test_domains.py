"""Dealing constrained pods to cells: one legal step after the other."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.scheduling.domains import Cells, Dealer, Dealt, masks_apart, topology_keys
from kubestow.testing import ZONES, affinity_term, node, pod, replicas, snapshot, spread

WEB = {"app": "web"}
ZONAL = spread(names.ZONE, app="web")
NEAR = affinity_term(names.ZONE, app="db")
AWAY = affinity_term(names.ZONE, app="web")


def prepared_of(state: Snapshot) -> PreparedSnapshot:
    return prepare(state, state.cluster.nodepools)


def dealt(
    pods: tuple[Pod, ...], room: dict[tuple[int, int], int] | None = None, **cluster: Any
) -> tuple[Dealt, list[str]]:
    """Deal pods to the zones of a catalog; return what came of it, and each cell's zone."""
    prepared = prepared_of(snapshot(pods, **cluster))
    keys = topology_keys(prepared.classes)
    apart = masks_apart(prepared.classes, prepared.selection, prepared.filters)
    cells = Cells(prepared.filters, keys, apart)
    zone = keys.index(names.ZONE)
    dealer = Dealer(
        prepared.classes,
        prepared.selection,
        prepared.filters,
        cells,
        prepared.carries,
        demand=[c.demand for c in prepared.classes],
        bound_pods=prepared.bound_pods,
        room=room or {},
    )
    return dealer.deal(), [str(cells.value(cell, zone)) for cell in range(len(cells.first))]


def by_zone(outcome: tuple[Dealt, list[str]], index: int = 0) -> Counter[str]:
    shares, zones = outcome[0].shares, outcome[1]
    return Counter(
        {zones[cell]: count for i, cell, count in shares if i == index and cell is not None}
    )


def test_pods_are_spread_over_the_zones_within_the_skew() -> None:
    found = by_zone(dealt(replicas(7, "web", labels=WEB, spread=(ZONAL,))))
    assert sorted(found.values()) == [2, 2, 3]


def test_pods_that_run_already_count() -> None:
    there = tuple(pod(f"old-{n}", labels=WEB, node="n") for n in range(2))
    pods = replicas(4, "web", labels=WEB, spread=(ZONAL,))
    found = by_zone(dealt((*pods, *there), nodes=(node("n", zone=ZONES[0]),)))
    assert found == {ZONES[1]: 2, ZONES[2]: 2}


def test_a_cell_is_given_no_more_than_it_has_room_for() -> None:
    pods = replicas(6, "web", labels=WEB, spread=(ZONAL,))
    outcome, zones = dealt(pods, {(0, 0): 1})
    assert by_zone((outcome, zones))[zones[0]] == 1
    # The others may hold one more than it, and the sixth pod has no place.
    assert outcome.refused == ((0, 1, "PodTopologySpread"),)


def test_the_order_of_dealing_is_legal_step_by_step() -> None:
    outcome, _ = dealt(replicas(9, "web", labels=WEB, spread=(ZONAL,)))
    counts: Counter[int] = Counter({cell: 0 for _, cell in outcome.order})
    for _, cell in outcome.order:
        assert counts[cell] == min(counts.values())
        counts[cell] += 1


def test_pods_that_are_not_constrained_stay_free() -> None:
    outcome, _ = dealt((*replicas(2, "free"), pod("web", labels=WEB, spread=(ZONAL,))))
    assert (0, None, 2) in outcome.shares


def test_pods_that_avoid_each_other_have_a_zone_each_and_the_fourth_is_refused() -> None:
    outcome, zones = dealt(replicas(4, "web", labels=WEB, anti_affinity=(AWAY,)))
    assert by_zone((outcome, zones)) == dict.fromkeys(ZONES, 1)
    assert outcome.refused == ((0, 1, "InterPodAffinity"),)


def test_a_pod_that_others_avoid_is_kept_out_of_their_zone() -> None:
    shy = pod("shy", anti_affinity=(AWAY,), node_selector=((names.ZONE, ZONES[0]),))
    found = by_zone(dealt((pod("web", labels=WEB), shy)))
    assert ZONES[0] not in found


def test_pods_go_to_the_zone_of_those_they_want_near_whoever_comes_first() -> None:
    near = replicas(3, "near", affinity=(NEAR,))
    target = pod("db", labels={"app": "db"}, node_selector=((names.ZONE, ZONES[1]),))
    assert by_zone(dealt((*near, target))) == {ZONES[1]: 3}


def test_pods_that_want_each_other_near_share_one_zone() -> None:
    pods = replicas(4, "db", labels={"app": "db"}, affinity=(NEAR,))
    assert sorted(by_zone(dealt(pods)).values()) == [4]


def test_pods_whose_target_is_nowhere_are_refused() -> None:
    outcome, _ = dealt(replicas(2, "near", affinity=(NEAR,)))
    assert outcome.refused == ((0, 2, "InterPodAffinity"),)


def test_pods_that_share_a_volume_to_be_made_are_in_one_zone() -> None:
    claims = {("default", "c"): PersistentVolumeClaim("default", "c", "wait")}
    classes = {"wait": StorageClass("wait")}
    pods = replicas(3, "db", claims=("c",))
    found = by_zone(dealt(pods, claims=claims, storage_classes=classes))
    assert sorted(found.values()) == [3]


def test_the_topology_keys_are_those_wider_than_a_node() -> None:
    pods = [
        pod("a", spread=(spread("rack", app="x"), spread(names.HOSTNAME, app="x"))),
        pod("b", affinity=(NEAR,)),
    ]
    assert topology_keys(prepared_of(snapshot(pods)).classes) == ["rack", names.ZONE]


@pytest.mark.parametrize(("honor_taints", "expected"), [(False, 1), (True, 2)])
def test_cells_keep_candidates_apart_that_a_constraint_does_not_count(
    honor_taints: bool, expected: int
) -> None:

    taint = Taint("t", "", "NoSchedule")
    nodes = (node("a"), node("b", taints=[taint]))
    constraint = replace(ZONAL, honor_taints=honor_taints)
    pods = (
        pod("web", labels=WEB, spread=(constraint,)),
        pod("other", labels=WEB, tolerations=(Toleration("t", "Exists"),)),
    )
    prepared = prepared_of(snapshot(pods, nodes=nodes, nodepools=()))
    apart = masks_apart(prepared.classes, prepared.selection, prepared.filters)
    cells = Cells(prepared.filters, [names.ZONE], apart)
    assert len(np.unique(cells.of_candidate)) == expected


def test_pods_that_only_fit_once_others_have_come_are_dealt_after_them() -> None:
    first, last = ZONES[0], ZONES[-1]
    tied = [
        pod(f"db-{n}", labels=WEB, spread=(ZONAL,), node_selector=((names.ZONE, zone),))
        for n, zone in enumerate((first, first, last))
    ]
    others = [
        pod(f"web-{n}", labels=WEB, spread=(ZONAL,), node_selector=((names.ZONE, zone),))
        for n, zone in enumerate(ZONES[1:-1])
    ]
    outcome = dealt((*tied, *others))
    assert outcome[0].refused == ()
    total = Counter[str]()
    for index in range(len(ZONES)):
        total += by_zone(outcome, index)
    assert total == Counter([first, first, last, *ZONES[1:-1]])
