from dataclasses import replace

import pytest

from kubestow.explanation.nearest import NODEPOOL_LIMITS, nearest_limit, nearest_place
from kubestow.explanation.planned_cluster import existing_name
from kubestow.explanation.prescreen import Prescreen
from kubestow.model.explanation import Shortfall
from kubestow.model.node import Node
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, snapshot

BATCH = Taint("team", "batch", "NoSchedule")


def screen(given: Snapshot) -> Prescreen:
    return Prescreen(given, given.cluster.nodepools, 0, 1)


def on(*nodes: Node, cpu: str = "6") -> Prescreen:
    return screen(snapshot([pod("a", cpu)], nodes=nodes, nodepools=()))


@pytest.mark.parametrize(
    ("nodes", "name"),
    [
        pytest.param((node("small", "2"), node("large", "5")), "large", id="the least short"),
        pytest.param(
            (node("tainted", "5", taints=[BATCH]), node("short", "1")),
            "short",
            id="one filter less, however short it is",
        ),
        pytest.param(
            (node("both", "5", "64Mi"), node("cpu", "1")),
            "cpu",
            id="one resource less that is lacking",
        ),
        pytest.param(
            (node(existing_name("new"), "5"), node("short", "1")),
            "short",
            id="no node that only the plan launches",
        ),
    ],
)
def test_the_nearest_miss_is_the_node_with_least_in_the_way(
    nodes: tuple[Node, ...], name: str
) -> None:
    found = nearest_place(on(*nodes))
    assert found is not None
    assert (found.place.node, found.place.existing) == (name, True)


def test_a_miss_says_what_refuses_the_pod_and_what_is_short() -> None:
    found = nearest_place(on(node("n", "4", taints=[BATCH])))
    assert found is not None
    assert found.refused_by == ("TaintToleration",)
    assert found.shortfalls == (Shortfall("cpu", 6000, 4000),)


def test_a_node_that_lacks_nothing_is_no_miss() -> None:
    assert nearest_place(on(node("n", "8"))) is None
    assert nearest_place(on()) is None


def test_a_miss_on_a_reserved_node_names_the_reservation() -> None:
    found = nearest_place(on(replace(node("n", "4"), reservation="ri")))
    assert found is not None
    assert found.place.reservation == "ri"


@pytest.mark.parametrize(
    ("limit", "shortfalls"),
    [
        (1000, (Shortfall("cpu", 2000, 1000),)),
        (0, (Shortfall("cpu", 2000, 0),)),
        (2000, None),
    ],
)
def test_the_cheapest_node_for_the_pod_goes_over_its_pools_limit_by_so_much(
    limit: int, shortfalls: tuple[Shortfall, ...] | None
) -> None:
    pools = (nodepool("p", limits=(("cpu", limit),)),)
    one_type = catalog(GENERAL[0])
    found = nearest_limit(screen(snapshot([pod("a")], nodepools=pools, catalog_of=one_type)))
    assert (None if found is None else found.shortfalls) == shortfalls
    if found is not None:
        assert found.refused_by == (NODEPOOL_LIMITS,)
        assert (found.place.instance_type, found.place.nodepool) == ("m5.large", "p")
