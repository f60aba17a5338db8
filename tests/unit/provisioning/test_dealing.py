"""Shares of classes for cells: the constrained dealt, the others free or even."""

from collections import Counter
from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.dealing import deal, evened
from kubestow.provisioning.demand import Demand
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.testing import ZONES, affinity_term, node, pod, replicas, snapshot, spread

WEB = {"app": "web"}
ZONAL = spread(names.ZONE, app="web")


def prepared(*pods: Pod, **cluster: Any) -> PreparedSnapshot:
    state = snapshot(pods, **cluster)
    return prepare(state, state.cluster.nodepools)


def test_without_constraints_wider_than_a_node_all_pods_are_free() -> None:
    found = prepared(*replicas(3, "a"), *replicas(2, "b", "1"))
    cells, dealt = deal(found, Demand(found))
    assert cells is None
    assert dealt.shares == ((0, None, 3), (1, None, 2))


def test_what_is_refused_is_not_dealt() -> None:
    found = prepared(*replicas(3, "a"), pod("b", "999"))
    assert deal(found, Demand(found))[1].shares == ((0, None, 3),)


def test_free_pods_are_evened_over_the_cells_and_the_rest_stays_free() -> None:
    found = prepared(*replicas(7, "free"), *replicas(3, "web", labels=WEB, spread=(ZONAL,)))
    cells, dealt = deal(found, Demand(found))
    assert cells is not None
    shares = [(cell, count) for index, cell, count in evened(found, cells, dealt).shares
              if index == 0]  # fmt: skip
    assert Counter(dict(shares)).total() == 7
    assert sorted(count for cell, count in shares if cell is not None) == [2, 2, 2]
    assert [count for cell, count in shares if cell is None] == [1]


def test_a_cell_where_nothing_can_be_launched_is_dealt_what_its_nodes_take() -> None:
    nodes = (node("a", cpu="2", zone="attic"),)
    pods = replicas(8, "web", "900m", labels=WEB, spread=(ZONAL,))
    found = prepared(*pods, nodes=nodes)
    demand = Demand(found)
    cells, dealt = deal(found, demand)
    assert cells is not None
    in_zone: Counter[str] = Counter()
    for _, cell, count in dealt.shares:
        assert cell is not None
        in_zone[str(cells.value(cell, 0))] += count
    assert in_zone["attic"] == 2
    assert sorted(in_zone[zone] for zone in ZONES) == [2, 2, 2]
    demand.room[0, int(cells.of_candidate[0])] = 1
    _, dealt = deal(found, demand)
    assert min(count for _, _, count in dealt.shares) == 1


def test_pods_without_constraints_go_where_they_are_wanted_before_those_that_follow_them() -> None:
    labels = {"app": "db"}
    followers = replicas(2, "web", affinity=(affinity_term(names.ZONE, **labels),))
    found = prepared(*replicas(2, "db", labels=labels), *followers)
    web, db = sorted((c.index for c in found.pod_classes),
                     key=lambda index: not found.classes[index].template.affinity)  # fmt: skip
    wanted = {(index, cell): 1 for index in (db, web) for cell in (0, 2)}
    _, dealt = deal(found, Demand(found), wanted)
    assert not dealt.refused
    assert {(index, cell): count for index, cell, count in dealt.shares} == wanted


def test_pods_that_only_existing_nodes_take_keep_their_freedom_among_them() -> None:
    """What each cell takes is worked out for each class alone: no class is held to it."""
    nodes = tuple(
        node(name, cpu="4", zone=zone, labels={"pool": "static"})
        for name, zone in zip(("n1", "n2", "n3"), ZONES, strict=True)
    )
    chosen = {"node_selector": (("pool", "static"),)}
    apart = (affinity_term(names.ZONE, app="web"),)
    found = prepared(
        *replicas(3, "x", "1", **chosen),
        *replicas(4, "y", "1500m", **chosen),
        *replicas(2, "web", labels=WEB, anti_affinity=apart),
        nodes=nodes,
    )
    _, dealt = deal(found, Demand(found))
    free = {index: count for index, cell, count in dealt.shares if cell is None}
    assert sorted(free.values()) == [3, 4]
