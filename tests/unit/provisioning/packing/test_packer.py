"""Packing stage by stage: priorities under limits, heavier NodePools first."""

from collections import Counter
from typing import Any

from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.reporter import SilentReporter
from kubestow.model.resources import CPU
from kubestow.provisioning.packing.fleet_search import SearchAim
from kubestow.provisioning.packing.packer import NO_ROOM, NODEPOOL_LIMITS, LeftOut, Packer
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import node, nodepool, pod, replicas, snapshot

PLAIN = (nodepool("p"),)


def packed(
    *pods: Pod, pools: tuple[NodePool, ...] = PLAIN, **cluster: Any
) -> tuple[Packer, LeftOut]:
    """Pack pods, a tier for each pool."""
    prepared = prepare(snapshot(pods, **cluster), pools)
    tiers = [frozenset({number}) for number in range(len(pools))] or [frozenset[int]()]
    packer = Packer(prepared, None, tiers, {}, SearchAim())
    items = [Item(((c.index, 1),), c.demand) for c in prepared.pod_classes if c.demand]
    return packer, packer.pack(items, 40, 0, SilentReporter())


def used(packer: Packer) -> Counter[str]:
    return Counter(packer.prepared.candidates[n.candidate].nodepool for n in packer.nodes)


def test_all_nodes_are_the_existing_ones_and_then_the_new_ones() -> None:
    packer, left = packed(*replicas(6, "web", "1"), nodes=(node("n"),))
    assert not +left
    assert packer.all_nodes[0].candidate == 0
    assert len(packer.all_nodes) == 1 + len(packer.nodes)
    assert packer.placed_items() == [Item(((0, 1),), 6)]


def test_nodes_alike_are_launched_in_each_zone_by_turns() -> None:
    packer, _ = packed(*replicas(3, "web", "15"))
    zones = {packer.prepared.candidates[n.candidate].zone for n in packer.nodes}
    assert len(zones) == len(packer.nodes) == 3


def test_the_second_pool_is_for_what_the_first_has_no_room_for() -> None:
    first, second = nodepool("first", limits=((CPU, 4000),)), nodepool("second")
    packer, left = packed(*replicas(3, "web", "3"), pools=(first, second))
    assert not +left
    assert used(packer)["first"] == 1
    packer, _ = packed(*replicas(3, "web", "3"), pools=(nodepool("first"), second))
    assert set(used(packer)) == {"first"}


def test_limits_leave_out_the_pods_of_the_lowest_priority() -> None:
    limited = (nodepool("p", limits=((CPU, 4000),)),)
    pods = (*replicas(2, "low", "3", priority=1), pod("high", "3", priority=9))
    _, left = packed(*pods, pools=limited)
    assert +left == {(0, None, NODEPOOL_LIMITS): 2}


def test_pods_without_a_place_are_left_out_for_lack_of_room() -> None:
    _, left = packed(*replicas(5, "web", "3"), pools=(), nodes=(node("n"),))
    assert +left == {(0, None, NO_ROOM): 4}
