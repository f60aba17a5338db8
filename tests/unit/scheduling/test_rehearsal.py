"""A plan's pods arriving at the plan's nodes, in several orders."""

from dataclasses import replace
from typing import Any

from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.resources import EBS_VOLUMES, amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.scheduling.rehearsal import (
    ALPHABETICAL,
    INTERLEAVED,
    RANDOM,
    ArrivalOrder,
    Rehearsal,
    Run,
    launched_node,
)
from kubestow.testing import daemonset, node, pod, quantities, replicas

AGENT = daemonset("agent", "500m")


def planned(
    name: str, cpu: str = "1", zone: str = "zone-a", *, agent: bool = False, slots: int = 0,
    **changes: Any,
) -> PlannedNode:  # fmt: skip
    labels = tuple(sorted({names.HOSTNAME: name, names.ZONE: zone}.items()))
    room = amounts([*quantities(cpu=cpu, memory="8Gi"), ("pods", 20), (EBS_VOLUMES, slots)])
    daemons = (f"{AGENT.key}-{name}",) if agent else ()
    return replace(
        PlannedNode(name, "pool", "m5.large", zone, "on-demand", Price(1, "made up"), labels, (),
                    room, (), daemons),
        **changes,
    )  # fmt: skip


def rehearsal(*pods: Pod, daemonsets: tuple[DaemonSet, ...] = (), **more: Any) -> Rehearsal:
    cluster = Cluster(pods=pods, daemonsets=daemonsets, **more)
    return Rehearsal(cluster, [item.key for item in pods])


def where(run: Run) -> dict[str, str]:
    return {run.cluster.pods[pod].name: run.cluster.nodes[node].name for pod, node in run.placed}


# --- the orders ---------------------------------------------------------------------------------

SHOP = rehearsal(*replicas(2, "web", "1"), *replicas(2, "api", "2"), pod("solo", "3"))


def arriving(pods: list[int]) -> ArrivalOrder:
    return ArrivalOrder("given", tuple(pods), True)


def order_names(found: list[int]) -> str:
    return " ".join(SHOP.cluster.pods[pod].name for pod in found)


def test_the_first_order_takes_one_replica_of_each_workload_in_turn() -> None:
    (found,) = SHOP.orders(1, seed=0)
    name, order = found.name, list(found.pods)
    assert (name, order_names(order)) == (INTERLEAVED, "web-0 api-0 solo web-1 api-1")


def test_the_second_order_is_that_of_the_names() -> None:
    _, found = SHOP.orders(2, seed=0)
    name, order = found.name, list(found.pods)
    assert (name, order_names(order)) == (ALPHABETICAL, "api-0 api-1 solo web-0 web-1")


def test_all_further_orders_are_random_by_seed() -> None:
    found = list(SHOP.orders(6, seed=1))
    assert [order.name for order in found[2:]] == [RANDOM] * 4
    assert all(sorted(order.pods) == SHOP.pods for order in found)
    assert len({order.pods for order in found[2:]}) > 1
    assert [order.at_once for order in found[2:]] == [False, True, False, True]
    assert found == list(SHOP.orders(6, seed=1))
    assert found[2:] != list(SHOP.orders(6, seed=2))[2:]


def test_in_half_of_the_random_orders_large_pods_tend_to_come_late() -> None:
    scene = rehearsal(*replicas(20, "small", "100m"), *replicas(20, "large", "3"))
    found = list(scene.random_orders(80, seed=3, late=True))
    assert {order.pods for order in found} == {tuple(order.pods) for order in found}
    assert all(sorted(order.pods) == scene.pods for order in found)
    assert {order.at_once for order in found[2:4]} == {True, False}
    places = [[order.pods.index(pod) for pod in range(20, 40)] for order in found]
    even = [sum(p) / 20 for number, p in enumerate(places) if number % 4 < 2]
    late = [sum(p) / 20 for number, p in enumerate(places) if number % 4 > 1]
    assert 18 < sum(even) / len(even) < 21
    assert sum(late) / len(late) > 22
    assert found == list(scene.random_orders(80, seed=3, late=True))


def test_only_pods_that_are_planned_and_not_bound_arrive() -> None:
    pods = (pod("bound", node="old"), pod("planned"), pod("not"))
    found = Rehearsal(
        Cluster(pods=pods, nodes=(node("old"),)), ["default/bound", "default/planned"]
    )
    assert found.pods == [1]


# --- the fleet ----------------------------------------------------------------------------------


def test_daemonset_pods_are_there_before_any_other() -> None:
    scene = rehearsal(pod("p", "600m"), daemonsets=(AGENT,))
    assert scene.play([planned("n")], arriving([0]), 0).pending == ()
    assert scene.play([planned("n", agent=True)], arriving([0]), 0).pending == (0,)
    larger = scene.play([planned("n", agent=True), planned("m", "2", agent=True)], arriving([0]), 0)
    assert where(larger) == {"p": "m"}


def test_a_daemonset_pod_that_is_bound_already_does_not_come_twice() -> None:
    there = replace(pod("agent-old", "500m", node="old"), namespace="kube-system")
    incoming = pod("p", "400m")
    cluster = Cluster(pods=(there, incoming), nodes=(node("old", cpu="1"),), daemonsets=(AGENT,))
    old = planned("old", existing=True, daemonset_pods=(there.key,))
    run = Rehearsal(cluster, [incoming.key]).play([old], arriving([1]), 0)
    assert (where(run), len(run.cluster.pods)) == ({"p": "old"}, 2)


def test_existing_nodes_are_the_cluster_s_own_and_hold_what_they_held() -> None:
    there = pod("there", "800m", node="old")
    cluster = Cluster(pods=(there, *replicas(2, "p", "600m")), nodes=(node("old", cpu="1"),))
    found = Rehearsal(cluster, ["default/p-0", "default/p-1"])
    old = planned("old", existing=True)
    assert found.play([old], arriving([1, 2]), 0).pending == (1, 2)
    run = found.play([old, planned("new")], arriving([1, 2]), 0)
    assert (where(run), run.pending) == ({"p-0": "new"}, (2,))


def test_each_play_begins_anew() -> None:
    scene = rehearsal(*replicas(2, "p", "600m"))
    runs = [scene.play([planned("n")], arriving([0, 1]), 0) for _ in range(2)]
    assert [run.pending for run in runs] == [(1,), (1,)]
    assert [run.placed for run in runs] == [((0, 0),), ((0, 0),)]


def test_who_comes_first_decides_who_finds_room() -> None:
    """Two small pods are spread over both nodes, and leave no room for a large one."""
    scene = rehearsal(*replicas(2, "small", "400m"), pod("large", "900m"))
    nodes = [planned("n"), planned("m")]
    assert scene.play(nodes, arriving([0, 1, 2]), 0).pending == (2,)
    assert scene.play(nodes, arriving([2, 0, 1]), 0).pending == ()


def test_a_play_that_ended_at_a_pending_pod_is_not_taken_for_one_played_in_full() -> None:
    crowd = rehearsal(*replicas(3, "web", "2"))
    order = arriving([0, 1, 2])
    nodes = [planned("a")]
    assert crowd.play(nodes, order, 0, in_full=False).pending == (0,)
    assert crowd.play(nodes, order, 0).pending == (0, 1, 2)


def test_a_launched_node_attaches_as_many_volumes_as_its_type_can() -> None:
    claims = {
        ("default", name): PersistentVolumeClaim("default", name, "wait", bind_completed=False)
        for name in ("c0", "c1")
    }
    pods = tuple(pod(f"p{n}", claims=(f"c{n}",)) for n in range(2))
    scene = rehearsal(*pods, claims=claims, storage_classes={"wait": StorageClass("wait")})
    assert scene.play([planned("n", slots=1)], arriving([0, 1]), 0).pending == (1,)
    assert scene.play([planned("n", slots=2)], arriving([0, 1]), 0).pending == ()
    made = launched_node(planned("n", slots=2))
    assert made.attach_limits == (("ebs.csi.aws.com", 2),)
    assert EBS_VOLUMES not in dict(made.allocatable)


# --- claims -------------------------------------------------------------------------------------


def claims_scene(**claim: Any) -> Rehearsal:
    """Return two pods that share a claim and need a node each."""
    facts = {"storage_class": "wait", "bind_completed": False} | claim
    item = PersistentVolumeClaim("default", "c", **facts)
    volumes = {"v": PersistentVolume("v", is_ebs=True, driver="ebs.csi.aws.com", handle="vol-1")}
    return rehearsal(
        *replicas(2, "p", "600m", claims=("c",)),
        claims={("default", "c"): item},
        volumes=volumes,
        storage_classes={"wait": StorageClass("wait")},
    )


def test_a_claim_that_waits_for_its_first_pod_is_bound_in_the_zone_of_its_node() -> None:
    apart = [planned("n", slots=5), planned("m", zone="zone-b", slots=5)]
    together = [planned("n", slots=5), planned("m", slots=5)]
    for seed in range(4):
        assert claims_scene().play(apart, arriving([0, 1]), seed).pending == (1,)
        assert claims_scene().play(together, arriving([0, 1]), seed).pending == ()


def test_a_claim_that_has_been_promised_a_volume_counts_as_bound() -> None:
    nodes = [planned("n", slots=5), planned("m", zone="zone-b", slots=5)]
    assert claims_scene(volume_name="v").play(nodes, arriving([0, 1]), 0).pending == ()


def test_a_class_that_the_input_does_not_hold_is_what_planning_takes_it_to_be() -> None:
    scene = claims_scene(storage_class="gp3")
    assert (
        scene.play([planned("n", slots=5), planned("m", slots=5)], arriving([0, 1]), 0).pending
        == ()
    )
    assert scene.cluster.storage_classes["gp3"].waits_for_first_consumer


def test_a_pod_may_evict_others_where_its_priority_is_above_any() -> None:
    low, high = pod("low", priority=1), pod("high", priority=2)
    assert not rehearsal(low, low_too := pod("too", priority=1)).may_evict
    assert rehearsal(low, low_too, high).may_evict
    assert rehearsal(low, daemonsets=(daemonset("agent"),)).may_evict, "its pods have none"
    assert not rehearsal(pod("p"), daemonsets=(daemonset("agent"),)).may_evict
