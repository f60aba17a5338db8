"""Pods that must share a node become one item."""

from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import Pod
from kubestow.provisioning.packing.bundles import Bundler, targets_of
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.testing import affinity_term, node, nodepool, pod, replicas, snapshot

NEAR_DB = affinity_term(names.HOSTNAME, app="db")
DB = {"app": "db"}
SMALL = (nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"])),)  # 1930 millicpu


def prepared(*pods: Pod, **cluster: Any) -> PreparedSnapshot:
    return prepare(snapshot(pods, **cluster), SMALL)


def bundled(found: PreparedSnapshot) -> tuple[list[Item], dict[int, int]]:
    shares = [(c.index, None, c.demand) for c in found.pod_classes if c.demand]
    items, refused = Bundler(shares, found, None).items()
    return items, {index: count for index, count in refused.items() if count}


def test_pods_that_need_nobody_are_items_of_their_own() -> None:
    items, refused = bundled(prepared(*replicas(3, "a"), *replicas(2, "b", "1")))
    assert items == [Item(((0, 1),), 3), Item(((1, 1),), 2)]
    assert refused == {}


def test_a_pod_goes_with_a_pending_pod_it_aims_at() -> None:
    near, hosts = replicas(2, "near", affinity=(NEAR_DB,)), replicas(3, "db", labels=DB)
    items, refused = bundled(prepared(*near, *hosts))
    assert items == [Item(((0, 1), (1, 1)), 2), Item(((1, 1),), 1)]
    assert refused == {}


def test_more_pods_than_hosts_share_a_host_as_far_as_a_node_has_room() -> None:
    near = replicas(5, "near", "600m", affinity=(NEAR_DB,))
    items, refused = bundled(prepared(*near, pod("db", "500m", labels=DB)))
    assert items == [Item(((0, 2), (1, 1)), 1)]
    assert refused == {0: 3}


def test_a_pod_joins_the_target_that_runs_already() -> None:
    there = pod("db", labels=DB, node="n")
    items, _ = bundled(prepared(pod("near", affinity=(NEAR_DB,)), there, nodes=(node("n"),)))
    assert items == [Item(((0, 1),), 1, None, frozenset({1}))]


def test_pods_that_need_each_other_share_the_first_pod_s_node() -> None:
    items, refused = bundled(prepared(*replicas(5, "db", "600m", labels=DB, affinity=(NEAR_DB,))))
    assert items == [Item(((0, 3),), 1)]
    assert refused == {0: 2}


def test_a_pod_whose_target_is_nowhere_is_refused() -> None:
    assert bundled(prepared(*replicas(2, "near", affinity=(NEAR_DB,)))) == ([], {0: 2})


def test_affinity_wider_than_a_node_needs_no_bundle() -> None:
    wide = pod("near", affinity=(affinity_term(names.ZONE, app="db"),))
    found = prepared(wide, pod("near", affinity=(NEAR_DB,)), pod("db", labels=DB))
    assert targets_of(0, found) is None
    assert targets_of(1, found) == {2}
