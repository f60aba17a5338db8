"""The places of a bound: existing nodes, every launchable node, and which take which pods."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.certificate import Certificate, PodValue
from kubestow.model.instance_type import Catalog
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint, Toleration
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.testing import GENERAL, catalog, daemonset, node, nodepool, pod, snapshot
from kubestow.verify.bound_places import (
    BoundPlace,
    TooManyLabelsError,
    admission,
    existing_sites,
    new_sites,
)
from kubestow.verify.bound_pods import Roll, call_roll

LARGE: Catalog = catalog(GENERAL[0], zones=("zone-a",))
BATCH = Taint("team", "batch", "NoSchedule")
IN_ZONE_B = NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-b",)),))


def roll(given: Snapshot) -> Roll:
    keys = tuple(item.key for item in given.cluster.pods if not item.node_name)
    return call_roll(given, Certificate("test-1", "", "L1", 0, (1, 1), (PodValue(1, keys),)))


def existing(given: Snapshot) -> list[BoundPlace]:
    return list(existing_sites(given.cluster, roll(given)))


def new(given: Snapshot) -> list[BoundPlace]:
    return list(new_sites(given, given.cluster.nodepools, roll(given)))


@pytest.mark.parametrize(
    ("agents", "cpu"),
    [
        pytest.param((), 3000, id="what bound pods take"),
        pytest.param((daemonset("agent", "500m"),), 2500, id="and DaemonSets that are to come"),
        pytest.param((daemonset("agent", "3500m"),), 3000, id="unless they have no room"),
        pytest.param(
            (daemonset("agent", "500m"), daemonset("huge", "3")),
            3000,
            id="or one of them has none",
        ),
    ],
)
def test_what_is_not_free_on_an_existing_node(agents: tuple[Any, ...], cpu: int) -> None:
    given = snapshot([pod("old", "1", node="n")], nodes=(node("n", "4"),), daemonsets=agents)
    (site,) = existing(given)
    assert site.free["cpu"] == cpu
    assert site.offer is None


def test_an_overcommitted_node_has_nothing_free_and_not_less() -> None:
    given = snapshot([pod("old", "9", node="n")], nodes=(node("n", "4"),))
    assert existing(given)[0].free["cpu"] == 0


def test_nothing_keeps_pods_off_a_node_that_has_no_hostname() -> None:
    for labels, there in (({names.ZONE: "zone-a"}, 0), ({names.HOSTNAME: "n"}, 1)):
        bare = replace(node("n"), labels=tuple(labels.items()))
        (site,) = existing(snapshot([pod("old", node="n")], nodes=(bare,)))
        assert len(site.there) == there


def test_every_offering_that_a_pool_allows_is_a_place_at_its_price() -> None:
    given = snapshot([pod("a")], catalog_of=catalog(*GENERAL[:2], spot=0.5))
    sites = new(given)
    assert len(sites) == 2 * 3 * 2
    offers = {site.offer.describe(): site.offer for site in sites if site.offer is not None}
    assert len(offers) == 12
    assert offers["m5.large spot in zone-b"].nano_usd_per_hour == 48_000_000


@pytest.mark.parametrize(
    ("pool", "agents", "count"),
    [
        pytest.param(nodepool(), (), 1, id="one offering"),
        pytest.param(nodepool("p", (names.ARCH, "In", ["arm64"])), (), 0, id="another type"),
        pytest.param(nodepool(labels=((names.ARCH, "arm64"),)), (), 0, id="a label it cannot have"),
        pytest.param(nodepool(), (daemonset("agent", "3"),), 0, id="too small for DaemonSets"),
    ],
)
def test_a_pool_launches_what_it_allows_and_what_holds_its_daemonsets(
    pool: NodePool, agents: tuple[Any, ...], count: int
) -> None:
    given = snapshot([pod("a")], catalog_of=LARGE, nodepools=(pool,), daemonsets=agents)
    assert len(new(given)) == count


@pytest.mark.parametrize(
    ("read", "values"),
    [
        pytest.param((), {"x"}, id="no pod reads the label: any value stands for all"),
        pytest.param(("x",), {"x", "y"}, id="one value is read"),
        pytest.param(("x", "y"), {"x", "y"}, id="both are"),
        pytest.param(("other",), {"x"}, id="one that the pool does not allow is"),
    ],
)
def test_of_a_label_that_is_left_open_each_value_that_a_pod_can_tell_apart(
    read: tuple[str, ...], values: set[str]
) -> None:
    pool = nodepool("p", ("disk", "In", ["x", "y"]))
    pods = [pod(f"a-{text}", node_selector=(("disk", text),)) for text in read] or [pod("a")]
    given = snapshot(pods, catalog_of=LARGE, nodepools=(pool,))
    assert {site.place.labels.get("disk") for site in new(given)} == values


def test_more_combinations_of_labels_than_can_be_looked_at_are_refused() -> None:
    keys = [f"key-{number}" for number in range(9)]
    pool = nodepool("wide", *((key, "In", ["x", "y"]) for key in keys))
    pods = [
        pod(f"{key}-{text}", node_selector=((key, text),)) for key in keys for text in ("x", "y")
    ]
    given = snapshot(pods, catalog_of=LARGE, nodepools=(pool,))
    with pytest.raises(TooManyLabelsError, match="wide"):
        new(given)


def admitted(item: Pod, **cluster: Any) -> list[bool]:
    """Return for nodes in zone a and b, and a tainted one, whether they take the pod."""
    nodes = (node("a"), node("b", zone="zone-b"), node("c", taints=[BATCH]))
    given = snapshot((item, *cluster.pop("bound", ())), nodes=nodes, nodepools=(), **cluster)
    called = roll(given)
    sites = list(existing_sites(given.cluster, called))
    (row,) = admission(given, (), called, sites).matrix().tolist()
    return [bool(value) for value in row]


TOLERANT = (Toleration("team", "Exists"),)
CLAIM = PersistentVolumeClaim("default", "data", volume_name="pv")


@pytest.mark.parametrize(
    ("item", "more", "expected"),
    [
        pytest.param(pod("p"), {}, [True, True, False], id="a taint"),
        pytest.param(pod("p", tolerations=TOLERANT), {}, [True, True, True], id="tolerated"),
        pytest.param(
            pod("p", node_selector=((names.ZONE, "zone-b"),)), {}, [False, True, False], id="a zone"
        ),
        pytest.param(
            pod("p", claims=("data",)),
            {
                "claims": {("default", "data"): CLAIM},
                "volumes": {"pv": PersistentVolume("pv", (IN_ZONE_B,), is_ebs=True)},
            },
            [False, True, False],
            id="where its volume is",
        ),
    ],
)
def test_which_nodes_take_a_pod_whatever_else_is_planned(
    item: Pod, more: dict[str, Any], expected: list[bool]
) -> None:
    assert admitted(item, **more) == expected


def test_a_pod_that_is_bound_keeps_others_off_its_node() -> None:
    disk = {"inline_ebs_volumes": ("vol-1",)}
    assert admitted(pod("p", **disk), bound=(pod("old", node="a", **disk),)) == [
        False,
        True,
        False,
    ]
